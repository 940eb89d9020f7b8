import { useEffect, useRef, useState } from 'react'
import type { AttentionView, Headline, StatusView } from '../../common/protocol.ts'
import { HEADLINES, strings } from '../strings.ts'
import { useSnapshot } from '../state/services.ts'

/** A state that lasts shorter is not worth a word. */
const LASTING_MS = 1_000
/** A saved file is sent in a moment: only work that takes a while is told, and that it is done. */
const LASTING_WORK_MS = 3_000
const WORK: ReadonlySet<Headline> = new Set(['syncing', 'protected'])

/**
 * Tells a screen reader what state everything is in once that changed, and what newly needs a person: never the figures, which
 * change with every picture. What the page begins with is read like any other text; after a lost connection it is told anew.
 */
export function StateAnnouncer() {
  const words = useAnnouncement()
  // One after another may be in the same words: each is an element of its own, or it would not be told.
  return (
    <output className="visually-hidden">
      <div key={words.turn}>
        {words.parts.map((part) => (
          <p key={part}>{part}</p>
        ))}
      </div>
    </output>
  )
}

interface Words {
  readonly turn: number
  readonly parts: readonly string[]
}

function useAnnouncement(): Words {
  const { status, connection } = useSnapshot()
  const [words, setWords] = useState<Words>({ turn: 0, parts: [] })
  const latest = useRef(status)
  const known = useRef<Standing | null>(null)
  useEffect(() => {
    latest.current = status
  }, [status])
  const isLost = connection === 'offline' || connection === 'refused'
  const { headline } = status ?? {}
  // A look at what changed comes between any two states.
  const isPassing = connection !== 'live' || headline === undefined || headline === 'checking'
  const matters = isPassing ? '' : JSON.stringify(status?.attention.map(matterOf).toSorted())
  useEffect(() => {
    if (isLost) known.current = NOTHING
  }, [isLost])
  useEffect(() => {
    if (isPassing) return undefined
    const standing: Standing = { headline, matters: new Set(JSON.parse(matters) as string[]) }
    if (known.current === null) {
      known.current = standing
      return undefined
    }
    const tell = (): void => {
      const parts = document.hidden || latest.current === null ? [] : newsOf(latest.current, known.current ?? NOTHING)
      known.current = standing
      if (parts.length > 0) setWords(({ turn }) => ({ turn: turn + 1, parts }))
    }
    const timer = setTimeout(tell, WORK.has(headline) ? LASTING_WORK_MS : LASTING_MS)
    return () => clearTimeout(timer)
  }, [isPassing, headline, matters])
  return words
}

/** What somebody was told, or could read. */
interface Standing {
  readonly headline: Headline | undefined
  readonly matters: ReadonlySet<string>
}

const NOTHING: Standing = { headline: undefined, matters: new Set() }

function matterOf({ kind, folderId }: AttentionView): string {
  return `${kind} ${folderId}`
}

/** Empty where nothing of it is new. */
function newsOf({ headline, sentence, attention }: StatusView, known: Standing): readonly string[] {
  const [first, ...others] = attention.filter((matter) => !known.matters.has(matterOf(matter)))
  if (first === undefined) return headline === known.headline ? [] : [HEADLINES[headline], sentence]
  const more = others.length === 0 ? [] : [strings.popup.others({ n: others.length })]
  return [HEADLINES[headline], first.message, ...more]
}
