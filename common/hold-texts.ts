import { count } from './format.ts'
import type { HoldReason } from './model.ts'
import type { Answer } from './protocol.ts'

/** One answer as a person reads it before choosing it. */
export interface AnswerText {
  readonly label: string
  /** What happens then, and what does not. */
  readonly does: string
}

/** Everything there is to say about changes that are held for one reason. */
export interface HoldText {
  /** The part of a status line. */
  readonly waiting: (held: number) => string
  /** What was seen, and what holds until there is an answer. */
  readonly why: string
  readonly answers: Readonly<Record<Answer, AnswerText>>
  /** The answer that loses nothing if it was given in haste. */
  readonly careful: Answer
}

const waits = (held: number): string => (held === 1 ? 'waits' : 'wait')

const DELETION_ANSWERS: HoldText['answers'] = {
  approve: { label: 'Delete at the target', does: 'What is gone in the folder is deleted at the target as well.' },
  keep: {
    label: 'Keep the copies',
    does: 'The target keeps its copies for good. Nothing is deleted, and nobody is asked about them again.',
  },
  restore: {
    label: 'Bring them back',
    does: 'Everything that is missing is copied from the target back into the folder.',
  },
}

/** The same words in the window, on the command line and in notices. */
export const HOLD_TEXTS: Readonly<Record<HoldReason, HoldText>> = {
  'mass-delete': {
    waiting: (held) => `${count(held, 'deletion')} ${waits(held)} for your decision`,
    why: 'So much vanished at once that it may be a mistake. The target keeps its copies until you decide.',
    answers: DELETION_ANSWERS,
    careful: 'keep',
  },
  'mass-delete-here': {
    waiting: (held) => `${count(held, 'deletion')} in the folder ${waits(held)} for your decision`,
    why: 'So much vanished at the target at once that it may be a mistake. The folder keeps its files until you decide.',
    answers: {
      approve: {
        label: 'Delete in the folder',
        does: 'What is gone at the target is deleted in the folder as well; it is kept for a while.',
      },
      keep: { label: 'Keep the files', does: 'The folder keeps its files, and they are copied to the target again.' },
      restore: {
        label: 'Put them back at the target',
        does: 'The folder keeps its files, and they are copied to the target again.',
      },
    },
    careful: 'keep',
  },
  'mass-overwrite': {
    waiting: (held) => `${count(held, 'change')} that may be damage ${waits(held)} for your decision`,
    why: 'Many files changed at once as ransomware changes them: into noise, or to a strange name. The target keeps the versions from before until you decide.',
    answers: {
      approve: { label: 'Accept the changes', does: 'What the folder holds now replaces the versions at the target.' },
      keep: {
        label: 'Keep the versions from before',
        does: 'The target keeps what it has, and the folder stays as it is. A file that changes once more is backed up again.',
      },
      restore: {
        label: 'Bring the versions from before back',
        does: 'They are copied into the folder. What is in their places now is kept beside them.',
      },
    },
    careful: 'keep',
  },
  'source-emptied': {
    waiting: (held) => `The folder is empty: ${count(held, 'deletion')} ${waits(held)} for your decision`,
    why: 'The folder is empty, but files were known in it. If its disk is not connected, connect it, and the question goes away by itself.',
    answers: DELETION_ANSWERS,
    careful: 'keep',
  },
  'source-replaced': {
    waiting: (held) => `Another folder is in its place: ${count(held, 'deletion')} ${waits(held)} for your decision`,
    why: 'The folder is on another disk, or was replaced, since it was last seen. If its disk is not connected, connect it, and the question goes away by itself.',
    answers: DELETION_ANSWERS,
    careful: 'keep',
  },
  suspect: {
    waiting: (held) => `${count(held, 'file')} that may have lost content ${waits(held)} for your decision`,
    why: 'The computer went down unexpectedly, and these files came back empty, older or not at all. The target keeps the versions that were safe until you decide.',
    answers: {
      approve: {
        label: 'Take what is here',
        does: 'What the folder holds now replaces the safe versions; what is missing in it is deleted at the target.',
      },
      keep: {
        label: 'Leave both as they are',
        does: 'The target keeps the safe versions, and the folder stays as it is. A file that you save again is backed up again.',
      },
      restore: {
        label: 'Bring the safe versions back',
        does: 'They are copied into the folder. What is in their places now is kept beside them, unless it is empty.',
      },
    },
    careful: 'restore',
  },
}
