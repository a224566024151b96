#include "node/config.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char default_listen[] = "0.0.0.0:4717";

bool smk_address_parse(const char *text, struct smk_address *ret_address)
{
    struct smk_address a = {0};
    size_t len = strlen(text);
    const char *colon = strrchr(text, ':');
    if (colon == NULL || len > SMK_ADDRESS_LETTERS_MAX)
        return false;
    const char *host = text;
    size_t host_len = (size_t)(colon - text), port_len = strlen(colon + 1);
    if (host_len >= 2 && host[0] == '[' && host[host_len - 1] == ']') {
        host++;
        host_len -= 2;
    } else if (memchr(host, ':', host_len) != NULL) {
        return false; /* an IPv6 number needs its brackets */
    }
    if (host_len == 0 || port_len == 0 || port_len > 5 || strspn(colon + 1, "0123456789") != port_len)
        return false;
    if (strtoul(colon + 1, NULL, 10) > 65535)
        return false;
    memcpy(a.host, host, host_len);
    memcpy(a.port, colon + 1, port_len);
    memcpy(a.text, text, len);
    *ret_address = a;
    return true;
}

bool smk_config_add_peer(struct smk_config *c, const char *text)
{
    if (c->peer_count == SMK_CONFIG_PEERS_MAX || !smk_address_parse(text, &c->peer[c->peer_count]))
        return false;
    c->peer_count++;
    return true;
}

/* Of the file at hand: libconfuse finds some without a word, a zero byte for one. */
static bool has_said_mistake;

static void say_mistake(cfg_t *cfg, const char *format, va_list args)
{
    char text[256];
    (void)vsnprintf(text, sizeof text, format, args); /* a longer message is cut */
    has_said_mistake = true;
    smk_log_line(SMK_LOG_ERROR, "%s, line %d: %s", cfg->filename != NULL ? cfg->filename : "configuration",
                 cfg->line, text);
}

static bool level_parse(const char *word, enum smk_log_level *ret_level)
{
    static const char *const words[] = {"error", "warning", "info", "debug"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *ret_level = (enum smk_log_level)i;
            return true;
        }
    }
    return false;
}

static bool config_take(cfg_t *cfg, const char *path, struct smk_config *c)
{
    const char *listen = cfg_getstr(cfg, "listen");
    c->is_listening = strcmp(listen, "none") != 0;
    if (c->is_listening && !smk_address_parse(listen, &c->listen)) {
        smk_log_line(SMK_LOG_ERROR, "%s: listen must be HOST:PORT or none, not %s", path, listen);
        return false;
    }
    for (unsigned i = 0; i < cfg_size(cfg, "peers"); i++) {
        if (!smk_config_add_peer(c, cfg_getnstr(cfg, "peers", i))) {
            smk_log_line(SMK_LOG_ERROR, "%s: peers: not HOST:PORT, or more than %d: %s", path,
                         SMK_CONFIG_PEERS_MAX, cfg_getnstr(cfg, "peers", i));
            return false;
        }
    }
    if (!level_parse(cfg_getstr(cfg, "log"), &c->log_level)) {
        smk_log_line(SMK_LOG_ERROR, "%s: log must be error, warning, info or debug", path);
        return false;
    }
    return true;
}

bool smk_config_read(const char *path, struct smk_config *ret_config)
{
    char listen_key[] = "listen", peers_key[] = "peers", log_key[] = "log";
    char listen_default[sizeof default_listen], log_default[] = "info", peers_default[] = "{}";
    memcpy(listen_default, default_listen, sizeof default_listen);
    cfg_opt_t options[] = {CFG_STR(listen_key, listen_default, CFGF_NONE),
                           CFG_STR_LIST(peers_key, peers_default, CFGF_NONE),
                           CFG_STR(log_key, log_default, CFGF_NONE), CFG_END()};
    struct smk_config c = {0};
    cfg_t *cfg = cfg_init(options, CFGF_NONE);
    if (cfg == NULL)
        return false;
    cfg_set_error_function(cfg, say_mistake);
    bool is_there = access(path, F_OK) == 0;
    has_said_mistake = false;
    bool is_good = !is_there || cfg_parse(cfg, path) == CFG_SUCCESS;
    if (!is_good && !has_said_mistake)
        smk_log_line(SMK_LOG_ERROR, "%s, line %d: it cannot be read from here on", path, cfg->line);
    if (is_good)
        is_good = config_take(cfg, path, &c);
    (void)cfg_free(cfg); /* always succeeds for a context of our own */
    if (is_good)
        *ret_config = c;
    return is_good;
}
