# Prints the functions in headers that return an error which may be ignored, or whose errors are not listed in
# a comment directly above.
FNR == 1 {
    in_comment = in_directive = comment_end = 0
    comment = statement = ""
}

function check_statement() {
    if (statement !~ /(^|[ \t])enum[ \t]+smk_err[ \t]+[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/ || statement ~ /typedef/)
        return
    name = statement
    sub(/.*enum[ \t]+smk_err[ \t]+/, "", name)
    if (match(statement, /enum[ \t]+smk_err[ \t]+[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        name = substr(statement, RSTART, RLENGTH - 1)
        sub(/enum[ \t]+smk_err[ \t]+/, "", name)
    }
    if (statement !~ /SMK_MUST_USE/)
        printf "%s:%d: %s may be ignored: SMK_MUST_USE is missing\n", FILENAME, start, name
    if (comment_end != start - 1)
        printf "%s:%d: %s has no comment directly above it\n", FILENAME, start, name
    else if (comment !~ /SMK_ERR_|SMK_OK|(^|[^A-Za-z_])OK($|[^A-Za-z_])/)
        printf "%s:%d: the comment above %s does not list its errors\n", FILENAME, start, name
}

function read_code(text) {
    while (match(text, /[^ \t]/)) {
        if (statement == "")
            start = FNR
        end = match(text, /[{};]/)
        statement = statement " " (end ? substr(text, 1, end - 1) : text)
        if (!end)
            return
        check_statement()
        statement = ""
        text = substr(text, end + 1)
    }
}

{
    left = $0
    if (!in_comment && (in_directive || left ~ /^[ \t]*#/)) {
        in_directive = left ~ /\\$/
        next
    }
    while (left != "") {
        if (in_comment) {
            end = index(left, "*/")
            comment = comment " " (end ? substr(left, 1, end - 1) : left)
            if (end == 0)
                break
            left = substr(left, end + 2)
            in_comment = 0
            if (left !~ /[^ \t]/ && statement == "")
                comment_end = FNR
        } else if ((begin = index(left, "/*")) > 0) {
            read_code(substr(left, 1, begin - 1))
            left = substr(left, begin + 2)
            in_comment = 1
            comment = ""
        } else {
            read_code(left)
            left = ""
        }
    }
}
