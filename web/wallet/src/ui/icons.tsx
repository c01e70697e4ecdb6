// Pictures beside words; never instead of them.
const paths = {
  home: "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9",
  add: "M12 5v14M5 12h14",
  scan: "M4 9V5h4M16 5h4v4M20 15v4h-4M8 19H4v-4M8 12h8",
  history: "M4.5 12a7.5 7.5 0 1 0 2.3-5.4M4.5 4.5v3.4h3.4M12 8v4.3l3 1.8",
  settings: "M5 7h8m4 0h2M5 17h2m4 0h8M15 4.8v4.4M9 14.8v4.4M5 12h14",
  back: "M14.5 5.5 8 12l6.5 6.5",
  forward: "M9.5 5.5 16 12l-6.5 6.5",
  help: "M9.3 9.2a2.8 2.8 0 1 1 4.2 2.4c-1 .6-1.5 1.1-1.5 2.2M12 17.2v.1M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17",
  lock: "M7.5 11V8.2a4.5 4.5 0 0 1 9 0V11M6 11h12v9H6zM12 14.5v2.2",
  check: "M5 12.5 10 17.5 19.5 7",
  warn: "M12 4 3.2 19.5h17.6zM12 10v4.4M12 16.9v.1",
  stop: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M6 6l12 12",
  shield: "M12 3.5 5 6v5.5c0 4.2 2.9 7.4 7 9 4.1-1.6 7-4.8 7-9V6zM8.8 12l2.3 2.3 4.2-4.4",
  camera: "M4 8h3.5l1.5-2.5h6L16.5 8H20v11H4zM12 10a3.3 3.3 0 1 0 0 6.6 3.3 3.3 0 0 0 0-6.6",
  passport: "M6 3.5h12v17H6zM9 17h6M12 7.2a2.9 2.9 0 1 0 0 5.8 2.9 2.9 0 0 0 0-5.8M9.2 10.1h5.6",
  clock: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17M12 7.5V12l3.2 2",
  receipt: "M6 3.5h12v17l-3-2-3 2-3-2-3 2zM9 8h6M9 12h6",
  card: "M3.5 6h17v12h-17zM3.5 10h17M6.5 14.5h4",
  eye: "M3 12s3.3-6 9-6 9 6 9 6-3.3 6-9 6-9-6-9-6M12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5",
  bell: "M6 17h12M7.5 17v-6a4.5 4.5 0 0 1 9 0v6M10.5 19.8h3M12 4v2.5",
  move: "M4.5 3.5h8v17h-8zM7.5 17.5h2M14.5 12h6M17.5 9l3 3-3 3",
  key: "M8 11.5a4 4 0 1 0 0 .1M12 11.5h8.5V15M17 11.5V14",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
