import type { Page } from 'playwright-core'
import { ACCENTS } from '../../common/messages/pseudo.ts'
import { compile } from '../../common/messages/texts.ts'

type Named = { readonly name?: string | RegExp; readonly hasText?: string | RegExp; readonly exact?: boolean }

const accents = new Map(
  Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', (each) => [each, drawn(each)]),
)

/** As the pseudo-locale draws a text. */
function drawn(text: string): string {
  const english = compile(text, 'en').getAst()
  return String(compile(ACCENTS.distort?.(english) ?? english, 'en').format()).slice(1, -1)
}

/** What finds an English text, and the same where it is drawn in the pseudo-locale, or in part. */
export function inAnyLanguage(wanted: string | RegExp, exact = false): RegExp {
  const source = typeof wanted === 'string' ? wanted.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`) : wanted.source
  const letters = source
    .replace(/(\\.)|([A-Za-z])/g, (all, escaped: string | undefined) =>
      escaped === undefined ? `(?:${all}|${accents.get(all) ?? all})` : all,
    )
    .replace('…', '⟧?…')
    .replace(/^\^/, '^⟦?')
    .replace(/\$$/, '⟧?$')
  return new RegExp(exact ? `^⟦?${letters}⟧?$` : letters, typeof wanted === 'string' ? 'i' : wanted.flags)
}

/** The page as a test in English sees it: its locators find the texts of the pseudo-locale as well. */
export function readInAnyLanguage(page: Page): Page {
  return wrapped(page)
}

function wrapped<T extends object>(part: T): T {
  return new Proxy(part, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      return (...given: readonly unknown[]): unknown => {
        const answer: unknown = Reflect.apply(
          member,
          target,
          given.map((each, at) => translated(String(key), each, at, given)),
        )
        return isLocator(answer) ? wrapped(answer) : answer
      }
    },
  })
}

function translated(method: string, value: unknown, at: number, given: readonly unknown[]): unknown {
  if (/^getBy(Text|Label|Placeholder|Title)$/.test(method) && at === 0)
    return inAnyLanguage(value as string | RegExp, (given[1] as Named | undefined)?.exact)
  if (!/^(getByRole|filter|locator)$/.test(method) || typeof value !== 'object' || value === null) return value
  const { name, hasText, exact } = value as Named
  return {
    ...value,
    ...(name === undefined ? {} : { name: inAnyLanguage(name, exact) }),
    ...(hasText === undefined ? {} : { hasText: inAnyLanguage(hasText) }),
  }
}

function isLocator(answer: unknown): answer is object {
  return typeof answer === 'object' && answer !== null && 'getByRole' in answer
}
