# Reads lines FILE:LINE:#include ... and prints those that break a wall.
#
#   grep -rnE '^[[:space:]]*#[[:space:]]*include' --include='*.[ch]' ROOM... | awk -f tests/lint/rooms.awk
BEGIN {
    # Whose headers a room may include. Tests may include everything.
    may["proto"] = "^proto/"
    may["store"] = "^(proto/|store/[^/]*$)"
    may["store/files"] = "^(proto|store)/"
    may["node"] = "^(proto|store|node)/"
    may["tools"] = "^(proto|store|tools)/"
    may["tests"] = "^(proto|store|node|tools|tests)/"

    # Which files of the rooms may see a library. libsodium is for those that hash, sign, seal, try out
    # the library at start, draw random bytes or lock up keys.
    owner["lmdb"] = "^store/db\\.c$"
    owner["msgpack"] = "^proto/canon\\.c$"
    owner["sodium"] = "^(proto/(hash|sign|cipher|crypto)|store/(random|keyfile))\\.c$"
    owner["unicode"] = "^store/icu\\.c$"
    owner["uv"] = "^node/"
    owner["confuse"] = "^node/"
    owner["jansson"] = "^(node|tools)/|^store/files/(json_read|map)\\.c$"
    owner["zip"] = "^store/files/xlsx_zip\\.c$"
    owner["expat"] = "^store/files/xlsx_xml\\.c$"
    owner["xlsxwriter"] = "^store/files/xlsx_write\\.c$"

    # All of the C library that proto may see: no files, no clock, no threads, no sockets.
    pure = "^(inttypes|limits|stdalign|stdarg|stdbool|stddef|stdint|stdlib|string)\\.h$"
    # (store/poke.c sends one datagram to the daemon of its own home, through a socket in HOME/run)
    network = "^(sys/socket|sys/un|netdb|ifaddrs|poll|sys/epoll)\\.h$|^(netinet|arpa|net)/"
}

function refuse(why) { print file ":" line ": " text "    (" why ")" }

{
    at = index($0, ":")
    file = substr($0, 1, at - 1)
    rest = substr($0, at + 1)
    at = index(rest, ":")
    line = substr(rest, 1, at - 1)
    text = substr(rest, at + 1)
    room = substr(file, 1, index(file, "/") - 1)
    if (file ~ /^store\/files\//)
        room = "store/files"

    name = text
    sub(/^[ \t]*#[ \t]*include(_next)?[ \t]*/, "", name)
    mark = substr(name, 1, 1)
    name = substr(name, 2)
    sub(/[">].*/, "", name)
    library = name
    sub(/[.\/].*/, "", library)

    if (mark == "\"") {
        if (name !~ may["tests"] || name ~ /\.\./)
            refuse("an include of our own names its room")
        else if (name !~ may[room])
            refuse(room " does not stand on that room")
        next
    }
    if (mark != "<")
        refuse("an include is spelled out")
    else if (name ~ may["tests"])
        refuse("our own headers stand in quotes")
    else if (name == "assert.h")
        refuse("assertions are those of proto/check.h")
    else if (library == "criterion" && file ~ /^tests\/support\//)
        refuse("Criterion stays out of what all tests share")
    else if (room == "tests")
        next
    else if (library in owner) {
        if (file !~ owner[library])
            refuse("this file does not see " library)
    } else if (room == "proto" && name !~ pure && !(file == "proto/check.c" && name == "stdio.h"))
        refuse("proto is pure")
    else if (room ~ /^store/ && name ~ network && !(file == "store/poke.c" && name ~ /^sys\/(socket|un)\.h$/))
        refuse("store knows nothing of networks")
}
