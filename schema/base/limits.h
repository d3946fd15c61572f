/* Every limit of the protocol and the stores, in one place. Spec: spec/01-encoding.md, section 4.
 * A limit here is part of the protocol: changing one is a protocol change. Units are in the names. */
#ifndef XJ_LIMITS_H
#define XJ_LIMITS_H

#define XJ_MAX_FRAME_BYTES (2u * 1024 * 1024) /* one hop frame; ZMQ_MAXMSGSIZE */
#define XJ_MAX_FRAME_NODES 65536u
#define XJ_MAX_HEADER_BYTES (16u * 1024)
#define XJ_MAX_HEADER_NODES 2048u
#define XJ_MAX_BODY_BYTES (192u * 1024)         /* plaintext of a body */
#define XJ_SEAL_TAG_BYTES 16u                    /* what sealing adds to a size class */
#define XJ_MAX_SEALED_BODY_BYTES (256u * 1024 + XJ_SEAL_TAG_BYTES)
#define XJ_MAX_KEYS_BYTES (64u * 1024)
#define XJ_MAX_SIGNATURE_BYTES 2048u
#define XJ_MAX_MESSAGE_BYTES (400u * 1024)
#define XJ_MAX_PAPER_BYTES (1024u * 1024)               /* plaintext of a paper that travels in one frame */
#define XJ_MAX_CLASS_BYTES (1536u * 1024)               /* the largest size class */
#define XJ_MAX_SEALED_PAPER_BYTES (XJ_MAX_CLASS_BYTES + XJ_SEAL_TAG_BYTES)
#define XJ_MAX_STATEMENT_BYTES (512u * 1024)            /* admitted, refused, stored, delivered */
#define XJ_MAX_REGISTER_ENTRY_BYTES (1024u * 1024)
#define XJ_MAX_REGISTER_NODES 65536u

#define XJ_MAX_AGENCY_BYTES 48u  /* agency id */
#define XJ_MAX_NAME_BYTES 48u    /* act, track, state, question, paper kind, procedure, relation */
#define XJ_MAX_TITLE_BYTES 255u /* name of an agency or a city, Chinese */
#define XJ_MAX_TO 32u
#define XJ_MAX_JOINT 16u
#define XJ_MAX_SUBJECTS 64u
#define XJ_MAX_TRACKS 16u
#define XJ_MAX_ANSWERS 16u
#define XJ_MAX_PAPERS 64u
#define XJ_MAX_REFS 32u
#define XJ_MAX_RELATES 32u
#define XJ_MAX_AFTER 256u
#define XJ_MAX_BREACHES 32u
#define XJ_MAX_WRAPS 1024u

#define XJ_MAX_BATCH 256u                          /* messages in one submit or deliver frame */
#define XJ_MAX_HANDBACK_PAPERS 16u                 /* papers asked for at once when a journal is rebuilt */
#define XJ_MAX_CREDIT 1024u                        /* deliveries under way to one agent */
#define XJ_STAGING_BYTES_PER_AGENCY (256u * 1024 * 1024) /* papers staged and not yet named by an admitted message */
#define XJ_STAGING_DAYS 7

#endif
