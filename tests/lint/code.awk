# Prints C files as FILE:LINE:TEXT with comments and the insides of strings taken out, line by line.
#
#   awk -f tests/lint/code.awk FILE...
FNR == 1 { in_comment = 0 }
{
    left = $0
    gsub(/\\[^ ]/, "", left) # escapes; a backslash at the end of the line stays
    text = ""
    while (left != "") {
        if (in_comment) {
            end = index(left, "*/")
            if (end == 0)
                break
            left = substr(left, end + 2)
            in_comment = 0
            text = text " "
        } else if (match(left, /"|'|\/\*|\/\//)) {
            mark = substr(left, RSTART, RLENGTH)
            text = text substr(left, 1, RSTART - 1)
            left = substr(left, RSTART + RLENGTH)
            if (mark == "//") {
                break
            } else if (mark == "/*") {
                in_comment = 1
            } else {
                end = index(left, mark)
                text = text mark mark
                left = end > 0 ? substr(left, end + 1) : ""
            }
        } else {
            text = text left
            left = ""
        }
    }
    print FILENAME ":" FNR ":" text
}
