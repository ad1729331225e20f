// Every bound of the page, in one place. The server has limits of its own; those that a person can
// run into are repeated here so that they are told before anything is sent.

export const MESSAGES_KEPT_MAX = 500; // lines of one room kept in memory and in the document
export const PENDING_MAX = 50; // own messages of one room that wait for the server's word
export const DIRECTORY_MAX = 200; // public rooms listed: beyond that one searches
export const MINE_MAX = 200; // rooms listed of which the person is a member
export const ENTERED_MAX = 20; // of those, how many are entered without being asked, to hear their news
export const PEOPLE_KEPT_MAX = 500; // people of one room known by name
export const TYPISTS_MAX = 20; // people of one room who are shown to be typing
export const CONTACTS_MAX = 200; // people remembered as contacts, and as blocked
export const INVITATIONS_MAX = 100; // invitations that wait, as the server's
export const TEXT_BYTES_MAX = 16 * 1024; // UTF-8 bytes of one message, as the server's
export const NAME_LENGTH_MAX = 100; // characters of a person's or a room's name, as the server's

export const PAGE_MAX = 100; // things on a page of the server's lists, as the server's
export const DIRECTORY_PAGE = 30; // public rooms asked for at a time
export const HISTORY_PAGE = 50; // messages asked for at a time
export const CHIPS_MAX = 8; // people suggested by name

export const GROUP_GAP = 5 * 60_000; // ms between messages that are still shown as one group
export const TIMEOUT_MAX = 2 ** 31 - 1; // ms, that a browser's timer can wait
export const DRAW_INTERVAL = 40; // ms between drawings while a lot happens
export const TOAST_TIME = 6_000; // ms that a short message stays on the screen
export const RETRY_DELAY = 2_000; // ms before what failed for the moment is tried again
export const SEARCH_DELAY = 250; // ms without a key before a search is sent
export const MARK_INTERVAL = 1_000; // ms between two markRead of one room
export const TYPING_INTERVAL = 2_500; // ms between two words that one is typing
export const TYPING_TIME = 5_000; // ms that such a word holds
