// A film of one picture, for a browser whose camera sees nothing else: YUV4MPEG2 of 640 x 480.
export const filmSize = { width: 640, height: 480 };

// The browser's flags; the file must be there when it starts, and is read each time a page opens the camera.
export const cameraFlags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];
export const filmFlags = (file) => [...cameraFlags, `--use-file-for-fake-video-capture=${file}`];

// `light`: one byte for each point.
export function filmOf(light) {
  const { width, height } = filmSize;
  const frame = Buffer.concat([Buffer.from("FRAME\n"), light, Buffer.alloc(width * height / 2, 128)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`), frame, frame]);
}
export const darkFilm = () => filmOf(Buffer.alloc(filmSize.width * filmSize.height, 16));

// What a camera held at a page sees: the image with this id, as the browser draws it, on white.
export async function filmOfImage(page, id) {
  const { width, height } = filmSize;
  const side = height - 40;
  const light = await page.evaluate(`(() => {
    const canvas = Object.assign(document.createElement("canvas"), { width: ${width}, height: ${height} });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, ${width}, ${height});
    context.drawImage(document.getElementById("${id}"), ${(width - side) / 2}, ${(height - side) / 2}, ${side}, ${side});
    const { data } = context.getImageData(0, 0, ${width}, ${height});
    let bytes = "";
    for (let at = 0; at < data.length; at += 4) bytes += String.fromCharCode((data[at] + data[at + 1] + data[at + 2]) / 3);
    return btoa(bytes);
  })()`);
  return filmOf(Buffer.from(light, "base64"));
}
