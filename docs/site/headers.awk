# Shows the public headers to Doxygen as it wants to see them. Their comments are plain; its own have another slash.
#
#     // Of a declaration, before it.         becomes  /// …
#     int code = 0;  // or behind it          becomes  int code = 0;  ///< …
#     the comment that a file begins with     becomes  that of the file, if the file is one that users include
#     //     code, indented by four more      becomes  code to be coloured
#     public:  // Internal: …                 becomes  private:
#     // ---- a rule: how it works            ends what is shown; namespaces still close
#     what PACTOR_DETAIL_REFUSED refuses      is not shown
#     namespace pactor::os, pactor::wire      becomes  namespace pactor, into which their public names are taken
#
# Lines stay where they are, so that what Doxygen says of one is true.

{ line[NR] = $0 }

function is_code(i) { return line[i] ~ /^ *\/\/     / }

END {
  users = FILENAME !~ /pactor\/(os|wire)\//
  begun = users
  if (users) print "/// \\file"  # and one line less below
  for (i = 1; i <= NR; ++i) {
    if (line[i] !~ /PACTOR_DETAIL_REFUSED\(/ || line[i] ~ /^#/) continue
    for (j = i; j < NR && line[j] !~ /\);$/; ++j);
    for (k = i - 1; line[k] ~ /^ *(template|requires)/; --k) line[k] = ""
    for (k = i; k <= j; ++k) line[k] = ""
  }
  for (i = 1; i <= NR; ++i)
    if (!users || line[i] != "#pragma once") print shown(line[i])
}

function shown(text) {
  if (text == "#pragma once") begun = 1
  if (text ~ /^\/\/ ----/) hidden = 1
  if (!begun || (hidden && text !~ /^}  \/\/ namespace/)) return ""
  if (text ~ /^ *public:  \/\/ Internal/) return "private:"
  if (text ~ /^namespace pactor::/) return "namespace pactor {"
  if (text ~ /^ *\/\/$/ && is_code(i + 1) && !is_code(i - 1)) return "/// @code{.cpp}"
  if (text ~ /^ *\/\/$/ && is_code(i - 1) && !is_code(i + 1)) return "/// @endcode"
  if (text ~ /^ *\/\/( |$)/) {
    sub(/\/\//, "///", text)
    if (is_code(i)) sub(/\/\/\/     /, "/// ", text)
    if (is_code(i) && line[i + 1] !~ /^ *\/\//) text = text " @endcode"
    return text
  }
  if (text ~ /^[}#\/]/) return text
  sub(/  \/\/ NOLINT.*/, "", text)
  if (text ~ /[;,] +\/\/ /) sub(/  \/\/ /, "  ///< ", text)
  else sub(/  \/\/ .*/, "", text)
  gsub(/(runtime|wire)::/, "", text)
  return text
}
