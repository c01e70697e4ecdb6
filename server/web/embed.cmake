# cmake -DFOLDER=build/web/wallet -DOUTPUT=files.cc -DWORK=compressed -DFUNCTION=embedded_files -P embed.cmake
# Writes a source file that holds every file of FOLDER (.incbin), compressed too where that saves something. It names the
# hash of each file, so it changes whenever one of them does, and is left alone when none did. No FOLDER, no files.
cmake_minimum_required(VERSION 3.25)
find_program(BROTLI brotli)
find_program(GZIP gzip REQUIRED)

# What the page may consist of; another kind of file has to be thought about first.
set(type_html "text/html; charset=utf-8")
set(type_js "text/javascript; charset=utf-8")
set(type_mjs "text/javascript; charset=utf-8")
set(type_css "text/css; charset=utf-8")
set(type_json "application/json")
set(type_webmanifest "application/manifest+json")
set(type_wasm "application/wasm")
set(type_svg "image/svg+xml")
set(type_png "image/png")
set(type_ico "image/x-icon")
set(type_woff2 "font/woff2")
set(type_txt "text/plain; charset=utf-8")

set(rows "")
set(declarations "")
set(count 0)

# Adds the bytes of `file` as symbol mibun_FUNCTION_N and sets `view` to an expression for them.
macro(add_bytes file view)
  set(symbol mibun_${FUNCTION}_${count})
  math(EXPR count "${count} + 1")
  file(SIZE ${file} size)
  string(APPEND declarations "asm(R\"asm(.pushsection .rodata\n.globl ${symbol}\n${symbol}:\n.incbin \"${file}\"\n"
    ".popsection)asm\");\nextern \"C\" const char ${symbol}[];\n")
  set(${view} "std::string_view(${symbol}, ${size})")
endmacro()

# Adds WORK/HASH.SUFFIX, made by the command that follows, if it is smaller by a twentieth.
function(compressed file hash suffix view)
  set(small ${WORK}/${hash}.${suffix})
  if(NOT EXISTS ${small})
    execute_process(COMMAND ${ARGN} INPUT_FILE ${file} OUTPUT_FILE ${small}.part COMMAND_ERROR_IS_FATAL ANY)
    file(RENAME ${small}.part ${small})
  endif()
  file(SIZE ${file} whole)
  file(SIZE ${small} less)
  math(EXPR saved "${whole} * 19 - ${less} * 20")
  set(${view} "{}" PARENT_SCOPE)
  if(saved GREATER 0)
    add_bytes(${small} bytes)
    set(${view} "${bytes}" PARENT_SCOPE)
    set(declarations "${declarations}" PARENT_SCOPE)
    set(count ${count} PARENT_SCOPE)
  endif()
endfunction()

file(MAKE_DIRECTORY ${WORK})
file(GLOB_RECURSE names RELATIVE ${FOLDER} LIST_DIRECTORIES false ${FOLDER}/*)
list(SORT names)
foreach(name ${names})
  if(NOT name MATCHES "^[A-Za-z0-9_./-]+$")
    message(FATAL_ERROR "${name}: such a name would need escapes in an address")
  endif()
  get_filename_component(extension ${name} LAST_EXT)
  string(SUBSTRING "${extension}" 1 -1 extension)
  if(NOT DEFINED type_${extension})
    message(FATAL_ERROR "${name}: the page has no such files; its media type would be a guess")
  endif()
  set(file ${FOLDER}/${name})
  file(SHA256 ${file} hash)
  # Vite names what lies in assets/ by its content.
  set(immutable false)
  if(name MATCHES "^assets/.+-[A-Za-z0-9_-]+\\.[a-z0-9]+$")
    set(immutable true)
  endif()
  add_bytes(${file} content)
  compressed(${file} ${hash} gz gzip_view ${GZIP} -9nc)
  set(brotli_view "{}")
  if(BROTLI)
    compressed(${file} ${hash} br brotli_view ${BROTLI} -q 11 -w 24 -c)
  endif()
  string(APPEND rows "    {\"${name}\", \"${type_${extension}}\",\n     \"${hash}\", ${immutable},\n"
    "     ${content}, ${brotli_view}, ${gzip_view}},\n")
endforeach()

set(table "static const std::array<File, 0> kFiles{};")
if(names)
  set(table "static const File kFiles[] = {\n${rows}};")
endif()
set(text "// Made by server/web/embed.cmake.
#include <array>

#include \"server/web/files.h\"

${declarations}
namespace mibun::server::web {

std::span<const File> ${FUNCTION}();
std::span<const File> ${FUNCTION}() {
  ${table}
  return kFiles;
}

}  // namespace mibun::server::web
")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT before STREQUAL text)
  file(WRITE ${OUTPUT} "${text}")
endif()
