/* tools/messages.h: what is said about documents, in two languages: one list of sentences.
 *
 * Shape    a message has a word for programs (the `error` of JSON) and up to three sentences in each language: what
 *          happened, what is safe, what to do. {0}, {1}, {2} stand for what it is about.
 * Memory   static; what is filled in BORROWS for the call.   Secrets  none.   Threads  one.
 */
#ifndef SMK_TOOLS_MESSAGES_H
#define SMK_TOOLS_MESSAGES_H

#include "tools/cli.h"

enum smk_message {
    SMK_SAY_NO_SIGN,         /* word */
    SMK_SAY_UNKNOWN_TYPE,    /* word */
    SMK_SAY_NEAR_TYPE,       /* word, the nearest type */
    SMK_SAY_NO_TYPE,         /* - */
    SMK_SAY_MISSING,         /* type, fields */
    SMK_SAY_EXISTS,          /* name */
    SMK_SAY_NO_DRAFTS,       /* type */
    SMK_SAY_NO_FIELDS,       /* command */
    SMK_SAY_SAME,            /* name */
    SMK_SAY_REPLACES,        /* field by its name, how many values */
    SMK_SAY_NEWER_TYPE,      /* document, type */
    SMK_SAY_NOWHERE,         /* - */
    SMK_SAY_IS_DRAFT,        /* organisation, document */
    SMK_SAY_TOO_MANY_FIELDS, /* - */
    SMK_SAY_HAS_CONFLICTS,   /* how many, document */
    SMK_SAY_NO_CONFLICTS,    /* - */
    SMK_SAY_HOW_TO_RESOLVE,  /* document, field, edit */
    SMK_SAY_TAKEN_BACK,      /* - */
    SMK_SAY_NO_CONFLICT,     /* field, document */
    SMK_SAY_NO_SUCH_VALUE,   /* digits, document */
    SMK_SAY_MORE_DIGITS,     /* digits, document */
    SMK_SAY_ONLY_TAKE,       /* field, document */
    SMK_SAY_BOTH_LANGUAGES,  /* field, document */
    SMK_SAY_SEVERAL_IN_TEXT, /* document, fields */
    SMK_SAY_CHANGED_THERE,   /* document, fields */
    SMK_SAY_STANDS_THERE,    /* document, scope */
    SMK_SAY_NOT_SUBMITTED,   /* document */
    SMK_SAY_NOT_PUBLISHED,   /* document, type */
    SMK_SAY_REFERS_TO_DRAFT, /* document, the draft it names */
    SMK_SAY_WHOLE_TEXT,      /* document, scope, who sees it */
    SMK_SAY_SUBMITTED_ONLY,  /* document */
    SMK_SAY_NO_PLACE,        /* what was looked for */
    SMK_SAY_SEVERAL_PLACES,  /* how many, what was looked for */
    SMK_SAY_NEAR_PLACE,      /* - */
    SMK_SAY_TOOK_PLACE,      /* what was looked for, the place */
    SMK_SAY_WIDEST_PLACE,    /* what was looked for, the place */
    SMK_SAY_WHICH_PLACE,     /* how many, what was looked for, the places */
    SMK_SAY_NO_HIT,          /* - */
    SMK_SAY_NO_SUCH,         /* - */
    SMK_SAY_EMPTY,           /* - */
    SMK_SAY_PLACE_INSTEAD,   /* what was looked for, the place, its code */
    SMK_SAY_UNKNOWN_WORD,    /* option, word */
    SMK_SAY_NEAR_WORD,       /* option, word, the nearest one */
    SMK_SAY_ASK_HELP,        /* - */
    SMK_SAY_ASK_FILE,        /* - */
    SMK_SAY_ASK_ITEMS,       /* - */
    SMK_SAY_ASK_GROUPS,      /* - */
    SMK_SAY_ASK_PAIRS,       /* - */
    SMK_SAY_ASK_END,         /* - */
    SMK_SAY_ASK_END_DRAFT,   /* - */
    SMK_SAY_ASK_TAKE_UP,     /* when, how many */
    SMK_SAY_LINE_TOO_LONG,   /* - */
    SMK_SAY_CANNOT_KEEP,     /* - */
    SMK_SAY_KEPT_CHANGES,    /* how many, document */
    SMK_SAY_KEPT_NEW,        /* how many, type */
    SMK_SAY_DATED,           /* the day that it claims, when it was signed */
    SMK_SAY_ENTERED,         /* when it was signed */
    SMK_SAY_COUNTS_NOT,      /* reason */
    SMK_SAY_EARLIER_TEXT,    /* - */
    SMK_SAY_UNCHECKED_TEXT,  /* - */
    SMK_SAY_ITS_TEXT,        /* - */
    SMK_SAY_CONCURRENT,      /* - */
    SMK_SAY_EDITS,           /* - */
    SMK_SAY_ACTS,            /* - */
    SMK_SAY_DID,             /* the act */
    SMK_SAY_WROTE,           /* names of fields */
    SMK_SAY_MAY_NOT,         /* office, reason */
    SMK_SAY_NONE_MAY,        /* -, reason */
    SMK_SAY_NOT_HELD,        /* - */
    SMK_SAY_NO_CERTIFICATE,  /* - */
    SMK_SAY_SEVERAL_MAY,     /* offices */
    SMK_SAY_NOT_HERE,        /* scope */
    SMK_SAY_OTHER_HALF,      /* - */
    SMK_SAY_YES,             /* office, act, document */
    SMK_SAY_NO,              /* office, act, document */
    SMK_SAY_BECAUSE,         /* reason, its code */
    SMK_SAY_NEEDED,          /* what would be needed */
    SMK_SAY_NOBODY,          /* word */
    SMK_SAY_SEVERAL_DEVICES, /* digits */
    SMK_SAY_NO_OFFICE,       /* word */
    SMK_SAY_COUNT
};

struct smk_sentences {
    const char *what, *safe, *todo; /* "" for none */
};
struct smk_message_row {
    const char *code; /* "not_found" */
    struct smk_sentences en, km;
};
const struct smk_message_row *smk_message_row(enum smk_message message); /* row i of the list is message i */
/* What is known of the Khmer of a message. */
enum smk_khmer smk_message_khmer(enum smk_message message);

enum { SMK_MESSAGE_PARTS = 3, SMK_SENTENCE_BYTES_MAX = 2048 };
/* What a message is about; texts from elsewhere are fit for a terminal already. Missing ones are NULL. */
struct smk_about {
    const char *part[SMK_MESSAGE_PARTS];
};
#define SMK_ABOUT(...) (&(struct smk_about){{__VA_ARGS__}})

/* Fills in; cut where room ends, at a character. */
void smk_message_fill(const char *sentence, const struct smk_about *about, char *ret_text, size_t room);

/* The sentence of a message in the language of the command line; for prompts and headings. */
void smk_message_write(const struct smk_cli *cli, enum smk_message message, const struct smk_about *about,
                       char *ret_text, size_t room);
/* One line for people, in their language. */
void smk_tell(struct smk_cli *cli, enum smk_message message, const struct smk_about *about);
/* A refusal: in English; with --lang km in Khmer and then in English. JSON has `what_km`, `safe_km`, `do_km` then, and what is
 * known of the Khmer as `khmer` ("unreviewed" where no native reader has seen it). Returns
 * code; when memory was missing to read what was typed it says that instead and returns SMK_EXIT_TRY_AGAIN. */
enum smk_exit smk_refuse(struct smk_cli *cli, enum smk_exit code, enum smk_message message,
                         const struct smk_about *about);
/* The same with sentences that were made for the occasion. khmer: what is known of those in Khmer. */
enum smk_exit smk_refuse_with(struct smk_cli *cli, enum smk_exit code, const char *error,
                              const struct smk_sentences *en, const struct smk_sentences *km,
                              enum smk_khmer khmer);

#endif
