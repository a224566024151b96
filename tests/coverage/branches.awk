# Prints the branches of one file that never went, from gcov's listing: "FILE FUNCTION: TEXT OF THE LINE [NUMBER]"; -v file=NAME.
# A failed assertion is our own fault, and no test can make one: lines that assert are left out.
/^function/ {
    name = $2
    next
}
/^ *[0-9#=*-]+:/ {
    text = $0
    sub(/^[^:]*:[^:]*:[ \t]*/, "", text)
    next
}
/^branch/ && (/taken 0/ || /never executed/) && text !~ /SMK_ASSERT|SMK_UNREACHABLE/ {
    printf "%s %s: %s [%d]\n", file, name, text, $2
}
