# Turns our comments into doxygen's: "// text" into "/// text", "x;  // text" into "x;  ///< text", with everything
# that doxygen would take for a command, HTML or a link made plain.
function plain(text) {
  gsub(/\\/, "\\\\", text)
  gsub(/&/, "\\&amp;", text)
  gsub(/</, "\\&lt;", text)
  gsub(/>/, "\\&gt;", text)
  gsub(/@/, "\\@", text)
  gsub(/#/, "\\#", text)
  gsub(/%/, "\\%", text)
  gsub(/"/, "\\\"", text)
  return text
}
/^ *\/\// {
  match($0, /^ *\/\//)
  rest = substr($0, RLENGTH + 1)
  # A shape, set in by more than one space, keeps its lines.
  printf "%s/%s%s\n", substr($0, 1, RLENGTH), plain(rest), rest ~ /^   / ? "<br>" : ""
  next
}
/[;,{(]  \/\/ / {
  at = index($0, "  // ")
  printf "%s  ///< %s\n", substr($0, 1, at - 1), plain(substr($0, at + 5))
  next
}
{ print }
