/** Milliseconds for which a message offers its way back, where nobody points at it. */
export const UNDO_MS = 10_000
/** Milliseconds for which the popup says what came of something that cannot be undone. */
export const NOTICE_MS = 4_000
/** Milliseconds for which a field says that it was saved. */
export const SAVED_MS = 2_500

/** How long messages stay that go by themselves, milliseconds. */
export const PASSING_MS: readonly number[] = [UNDO_MS, NOTICE_MS, SAVED_MS]
