// Every bound of the page, in one place. The server has limits of its own; those that a person can
// run into are repeated here so that they are told before anything is sent.

export const MESSAGES_KEPT_MAX = 500; // lines of one room kept in memory and in the document
export const PENDING_MAX = 50; // own messages of one room that wait for the server's word
export const DIRECTORY_MAX = 200; // rooms listed: beyond that a list is no longer a choice
export const PEOPLE_SHOWN_MAX = 200; // people of one room listed by name
export const TEXT_BYTES_MAX = 16 * 1024; // UTF-8 bytes of one message, as the server's
export const NAME_LENGTH_MAX = 100; // characters of a person's or a room's name, as the server's

export const GROUP_GAP = 5 * 60_000; // ms between messages that are still shown as one group
export const TOAST_TIME = 6_000; // ms that a short message stays on the screen
export const REJOIN_DELAY = 2_000; // ms before a failed return to a room is tried again
