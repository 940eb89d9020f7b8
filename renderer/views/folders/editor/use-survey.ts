import { useEffect, useState } from 'react'
import { type TidekeepError, toTidekeepError } from '../../../../common/errors.ts'
import type { IgnoreSurveyView } from '../../../../common/protocol.ts'
import { useClient } from '../../../state/services.ts'

/** A pause in typing that is long enough to count. */
const TYPING_MS = 150

/** What ignore lines leave out, as last counted. */
export interface SurveyState {
  /** Of the lines in `of`; the last one stays while the next is counted. */
  readonly survey: IgnoreSurveyView | null
  readonly of: readonly string[]
  readonly isCounting: boolean
  readonly error: TidekeepError | null
}

/** The lines of a text: what follows the last one is not a line. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  return lines
}

/** Lines of `lines` that say something and leave out nothing, counted from 1. Lines that let files in again are not among them. */
export function unusedLines(lines: readonly string[], survey: IgnoreSurveyView): readonly number[] {
  const used = new Set(survey.rules.filter(({ source }) => source === 'folder').map(({ line }) => line))
  return lines.flatMap((line, index) => (/^\s*($|#|!)/.test(line) || used.has(index + 1) ? [] : [index + 1]))
}

/** Counts whenever the lines stop changing for a moment. One count at a time: the last lines win. */
export function useSurvey(folderId: string, text: string): SurveyState {
  const client = useClient()
  const [state, setState] = useState<SurveyState>({ survey: null, of: [], isCounting: true, error: null })
  const [isFirst, setFirst] = useState(true)
  useEffect(() => {
    let isCurrent = true
    const lines = linesOf(text)
    const count = async (): Promise<void> => {
      setFirst(false)
      setState((before) => ({ ...before, isCounting: true }))
      try {
        const survey = await client.call('rules.survey', { id: folderId, ignore: lines })
        if (isCurrent) setState({ survey, of: lines, isCounting: false, error: null })
      } catch (thrown) {
        if (isCurrent) setState((before) => ({ ...before, isCounting: false, error: toTidekeepError(thrown) }))
      }
    }
    const timer = setTimeout(() => void count(), isFirst ? 0 : TYPING_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
    // The first count is one of what is there; that it was made does not ask for another.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [client, folderId, text])
  return state
}
