# Counts the lines of one room in the listings of gcov; -v room=NAME -v least=PERCENT -v counts=FOLDER/. Prints each line
# that never ran as "line FILE:NUMBER: TEXT", each file with less than `least`, and the share of the room.
function close_file() {
    if (file != "" && of_file > 0 && 100 * (of_file - idle) < least * of_file)
        printf "%6.1f %% of %d lines  %s\n", 100 * (of_file - idle) / of_file, of_file, file
    of_file = idle = 0
}
FNR == 1 {
    close_file()
    file = substr(FILENAME, length(counts) + 1)
    sub(/\.gcov$/, "", file)
}
/^ *[0-9#=*-]+:/ {
    split($0, part, ":")
    gsub(/[ *]/, "", part[1])
    if (part[1] == "-" || part[2] + 0 == 0)
        next
    of_file++
    lines++
    if (part[1] ~ /^[#=]/) {
        idle++
        never++
        text = $0
        sub(/^[^:]*:[^:]*:[ \t]*/, "", text)
        printf "line %s:%d: %s\n", file, part[2], text
    }
}
END {
    close_file()
    good = lines > 0 && 100 * (lines - never) >= least * lines
    printf "%6.1f %% of %d lines of %s/%s\n", lines ? 100 * (lines - never) / lines : 0, lines, room,
        good ? "" : ", too few"
    exit !good
}
