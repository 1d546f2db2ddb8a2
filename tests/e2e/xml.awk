# Fails unless its input is one well-formed element: tags match, attributes are quoted, & and < are escaped.
function wrong(what) { print "not well-formed: " what > "/dev/stderr"; failed = 1; exit 1 }
function check_text(text) {
  gsub(/&(lt|gt|amp|quot|#39);/, "", text)
  if (text ~ /[&<]/) wrong("'" text "'")
}
BEGIN { RS = "<" }
NR == 1 { if ($0 ~ /[^ \n]/) wrong("text before the root"); next }
{
  end = index($0, ">")
  if (!end) wrong("<" $0)
  tag = substr($0, 1, end - 1)
  check_text(substr($0, end + 1))
  if (tag ~ /^\//) {
    if (depth == 0 || open[depth--] != substr(tag, 2)) wrong("<" tag ">")
  } else {
    if (depth == 0 && roots++) wrong("a second root")
    empty = sub(/\/$/, "", tag)
    name = tag
    sub(/[ \n].*/, "", name)
    attributes = substr(tag, length(name) + 1)
    check_text(attributes)
    gsub(/[ \n]+[a-zA-Z:-]+="[^"]*"/, "", attributes)
    if (name !~ /^[a-zA-Z]+$/ || attributes ~ /[^ \n]/) wrong("<" tag ">")
    if (!empty) open[++depth] = name
  }
}
END { if (!failed && (depth || roots != 1)) wrong("elements stay open"); exit failed }
