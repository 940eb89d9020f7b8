import { holdMessages } from './messages/en/holds.ts'
import { textsOf } from './messages/texts.ts'
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
  readonly waiting: (values: { readonly n: number }) => string
  /** What was seen, and what holds until there is an answer. */
  readonly why: string
  readonly answers: Readonly<Record<Answer, AnswerText>>
  /** The answer that loses nothing if it was given in haste. */
  readonly careful: Answer
}

type Words = Pick<HoldText, 'waiting' | 'why'>

const texts = textsOf('holds', holdMessages)

/** The same words in the window, on the command line and in notices. */
export const HOLD_TEXTS: Readonly<Record<HoldReason, HoldText>> = {
  'mass-delete': holdText(texts['mass-delete'], texts['mass-delete'].answers, 'keep'),
  'mass-delete-here': holdText(texts['mass-delete-here'], texts['mass-delete-here'].answers, 'keep'),
  'mass-overwrite': holdText(texts['mass-overwrite'], texts['mass-overwrite'].answers, 'keep'),
  'mass-overwrite-here': holdText(texts['mass-overwrite-here'], texts['mass-overwrite-here'].answers, 'keep'),
  'source-emptied': holdText(texts['source-emptied'], texts['mass-delete'].answers, 'keep'),
  'source-replaced': holdText(texts['source-replaced'], texts['mass-delete'].answers, 'keep'),
  suspect: holdText(texts.suspect, texts.suspect.answers, 'restore'),
}

/** Read when it is shown: the language may have changed by then. */
function holdText(words: Words, answers: HoldText['answers'], careful: Answer): HoldText {
  return {
    waiting: words.waiting,
    get why() {
      return words.why
    },
    answers,
    careful,
  }
}
