import type { Page } from 'playwright-core'
import { toTidekeepError } from '../../common/errors.ts'
import { displayName } from '../../renderer/names.ts'
import type { FakeApplication } from '../fakes/application.ts'

/** Dates, times, units and keys: by the locale's habits, or the same in every language. */
const UNTRANSLATED =
  /\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun|AM|PM|UTC|now|yesterday|today|ago|in|sec|min|hr|day|days|hour|hours|ms|s|h|d|B|KiB|MiB|GiB|TiB|PiB|SHA-256|Tidekeep|OneDrive|S3|Microsoft|Esc|Home|End|Ctrl|Cmd|K|Enter)\b\.?/g

/** From now on remembers every text that the service answers: what a person called things, and what the service says. */
export function recordAnswers(application: FakeApplication): () => Promise<readonly string[]> {
  const texts = new Set<string>()
  const handlers = application.handlers as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>
  for (const [name, handler] of Object.entries(handlers)) {
    handlers[name] = async (...given) => {
      const answer = await handler(...given).catch((error: unknown) => {
        const { message, fix = '' } = toTidekeepError(error)
        for (const text of [message, fix]) texts.add(text)
        throw error
      })
      for (const text of [...textsIn(given[0]), ...textsIn(answer)]) texts.add(text)
      return answer
    }
  }
  return async () => {
    for (const name of ['status.get', 'activity.list'])
      await handlers[name]?.({ limit: 300 }, {}).catch(() => undefined)
    return [...texts]
  }
}

function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null)
    for (const [key, member] of Object.entries(value)) {
      yield key
      yield* textsIn(member)
    }
}

/** Texts on the page, spoken ones too, that are neither in the brackets of the pseudo-locale nor said by the service. */
export async function foreignWords(page: Page, answered: readonly string[]): Promise<readonly string[]> {
  const known = [...new Set(answered.flatMap((text) => [text, displayName(text)]))].filter((text) =>
    /\p{L}/u.test(text),
  )
  const parts = known.toSorted((a, b) => b.length - a.length).filter(({ length }) => length > 2)
  const shown = await page.evaluate(shownTexts)
  return [...new Set(shown)].filter((text) => {
    const own = withoutBrackets(text).trim()
    if (!/\p{L}/u.test(own) || known.some((each) => each.includes(own))) return false
    const rest = parts.reduce((left, each) => left.replaceAll(each, ' '), own)
    return /\p{L}/u.test(rest.replace(UNTRANSLATED, ' '))
  })
}

/** Texts stand inside of each other. */
function withoutBrackets(text: string): string {
  const outer = text.replaceAll(/⟦[^⟦⟧]*⟧/g, ' ')
  return outer === text ? text : withoutBrackets(outer)
}

/** Runs in the page: text that is drawn, and what is spoken or shown on pointing. */
function shownTexts(): readonly string[] {
  const texts: string[] = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const parent = node.parentElement
    if (parent === null || parent.closest('script, style, kbd, [lang]:not(html)') !== null) continue
    if (parent.checkVisibility({ visibilityProperty: true }) || parent.closest('option') !== null)
      texts.push(node.textContent ?? '')
  }
  for (const name of ['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'aria-valuetext', 'label'])
    for (const element of document.querySelectorAll(`body [${name}]`)) texts.push(element.getAttribute(name) ?? '')
  return texts.filter((text) => text.trim() !== '')
}
