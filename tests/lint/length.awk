# Reads the output of code.awk; prints functions that are too long, files that are too long, and files whose
# braces it cannot follow.
#
#   awk -v function_max=70 -v file_max=600 -f tests/lint/length.awk
function finish_file() {
    if (file == "")
        return
    if (depth != 0)
        print file ": braces do not pair up, or this script misreads them"
    if (file ~ /\.c$/ && line > file_max)
        printf "%s: %d lines, at most %d\n", file, line, file_max
}

# Is the text between the last declaration and an opening brace the head of a function?
function is_function(head) {
    sub(/[ \t]+$/, "", head)
    if (head !~ /\)$/)
        return 0
    while (gsub(/\([^()]*\)/, " ", head) > 0)
        ;
    return head !~ /=/
}

function name_of(head) {
    if (match(head, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\([^()]*\)[ \t]*$/))
        head = substr(head, RSTART)
    else if (match(head, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/))
        head = substr(head, RSTART)
    sub(/^[ \t]+/, "", head)
    return length(head) > 60 ? substr(head, 1, 60) "..." : head
}

function read_char(c) {
    if (c == "{") {
        if (depth++ == 0) {
            in_function = is_function(head)
            if (in_function)
                name = name_of(head)
        }
    } else if (c == "}") {
        if (--depth == 0) {
            if (in_function && line - start + 1 > function_max)
                printf "%s:%d: %s is %d lines long, at most %d\n", file, start, name, line - start + 1, function_max
            in_function = 0
            head = ""
            start = 0
        }
    } else if (depth == 0 && c == ";") {
        head = ""
        start = 0
    }
}

{
    at = index($0, ":")
    if (substr($0, 1, at - 1) != file) {
        finish_file()
        file = substr($0, 1, at - 1)
        depth = level = in_directive = in_function = start = 0
        head = ""
    }
    rest = substr($0, at + 1)
    at = index(rest, ":")
    line = substr(rest, 1, at - 1) + 0
    text = substr(rest, at + 1)

    # Directives are not code; both arms of an #if start at the same depth.
    if (!in_directive && text ~ /^[ \t]*#/) {
        in_directive = 1
        if (text ~ /^[ \t]*#[ \t]*if/)
            depth_at[++level] = depth
        else if (text ~ /^[ \t]*#[ \t]*el/)
            depth = depth_at[level]
        else if (text ~ /^[ \t]*#[ \t]*endif/)
            level--
    }
    if (in_directive) {
        in_directive = text ~ /\\$/
        next
    }

    while (text != "") {
        plain = match(text, /[{};]/) ? RSTART - 1 : length(text)
        if (depth == 0 && plain > 0) {
            piece = substr(text, 1, plain)
            if (start == 0 && piece ~ /[^ \t]/)
                start = line
            if (start != 0)
                head = head piece
        }
        read_char(substr(text, plain + 1, 1))
        text = substr(text, plain + 2)
    }
    if (depth == 0)
        head = head " "
}

END { finish_file() }
