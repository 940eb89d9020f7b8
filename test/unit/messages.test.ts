import { readdirSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { activate, ENGLISH, type MessageElements } from '../../common/messages/language.ts'
import { activateFirst, chosenLanguage, LANGUAGES, languageWishes } from '../../common/messages/languages.ts'
import { compile, textsOf } from '../../common/messages/texts.ts'
import { isUsed, readsAtImport, usedMessages } from '../fixtures/message-uses.ts'
import { isNode, placeOf, sources, type SyntaxNode, visitNodes } from '../fixtures/syntax-tree.ts'

const EN = new URL('../../common/messages/en/', import.meta.url)

/** Every catalogue by its area, which is its file's name. */
const catalogues = await Promise.all(
  readdirSync(EN).map(async (file) => {
    const exported = (await import(new URL(file, EN).href)) as Record<string, object>
    return [file.replace(/\.ts$/, ''), Object.values(exported)[0] ?? {}] as const
  }),
)
const messages = catalogues.flatMap(([area, catalogue]) => flat(area, catalogue))

function flat(id: string, member: string | object): readonly (readonly [id: string, message: string])[] {
  if (typeof member === 'string') return [[id, member]]
  return Object.entries(member).flatMap(([key, each]) => flat(`${id}.${key}`, each as string | object))
}

/** The library's own numbers for what holds no argument. */
const TEXT = 0
const POUND = 7

/** Name and kind of each argument, and the arms of those that have some. */
function shape(elements: MessageElements): readonly string[] {
  return elements.flatMap((element) => {
    if ([TEXT, POUND].includes(element.type)) return []
    const own = 'value' in element ? [`${element.value} ${element.type}`] : []
    if (!('options' in element)) return own
    return [...own, ...Object.entries(element.options).flatMap(([arm, { value }]) => [arm, ...shape(value)])]
  })
}

/** Languages differ in their arms of plurals, never in what a message is given. */
function names(elements: MessageElements): ReadonlySet<string> {
  return new Set(shape(elements).filter((each) => / \d$/.test(each)))
}

/** As `MessageValues` reads them off a literal: what a brace opens that stands behind no letter or digit. */
function namesReadByTheCompiler(message: string): readonly string[] {
  return [...message.matchAll(/(?<![a-z0-9])\{([^,}]*)/g)].map((match) => match[1] ?? '')
}

describe('messages', () => {
  afterEach(() => activate(ENGLISH))

  it('parse, and name the arguments that the compiler asks for', () => {
    for (const [id, message] of messages) {
      const parsed = [...names(compile(message, 'en').getAst())].map((each) => each.replace(/ \d$/, ''))
      expect([id, ...new Set(namesReadByTheCompiler(message))]).toEqual([id, ...new Set(parsed)])
      expect(parsed.join('')).toMatch(/^\w*$/)
    }
  })

  it.each(LANGUAGES.map((language) => [language.tag, language] as const))(
    '%s has the same arguments as English everywhere',
    (_tag, { translate, distort, tag }) => {
      for (const [id, message] of messages) {
        const english = compile(message, 'en').getAst()
        if (distort !== undefined) expect([id, ...shape(distort(english))]).toEqual([id, ...shape(english)])
        const translated = translate?.(id)
        if (translated !== undefined)
          expect([id, names(compile(translated, tag).getAst())]).toEqual([id, names(english)])
      }
    },
  )

  it('are all used', () => {
    const used = usedMessages(sources('{common,main,renderer,workers}/**/*.{ts,tsx}'))
    expect(messages.map(([id]) => id).filter((id) => !isUsed(id, used))).toEqual([])
  })

  it('are read when they are shown, and not while a module is loaded', () => {
    const plain = messages.filter(([, message]) => !message.includes('{')).map(([id]) => id)
    expect(readsAtImport(sources('{common,main,renderer}/**/*.{ts,tsx}'), new Set(plain))).toEqual([])
  })

  it('come in the language that is active when they are read', () => {
    const texts = textsOf('sample', { title: 'Open', files: '{n, plural, one{# file} other{# files}}', list: ['One'] })
    expect([texts.title, texts.files({ n: 1 }), texts.files({ n: 1234 })]).toEqual(['Open', '1 file', '1,234 files'])
    activateFirst(['en-XA'])
    expect([texts.title, texts.files({ n: 2 }), [...texts.list]]).toEqual(['⟦Öþééñ⟧', '⟦2 ƒîîļééš⟧', ['⟦Öñéé⟧']])
    const german = { title: 'Öffnen', files: '{n, plural, one{# Datei} other{# Dateien}}' } as const
    const translate = (id: string): string | undefined => german[id.replace('sample.', '') as keyof typeof german]
    activate({ name: 'Deutsch', tag: 'de', direction: 'ltr', translate })
    expect([texts.title, texts.files({ n: 1234 }), [...texts.list]]).toEqual(['Öffnen', '1.234 Dateien', ['One']])
  })

  it('format sizes, durations and money by the place, also where the text is English', () => {
    const texts = textsOf('sample', {
      all: '{size, number, bytes} {rate, number, rate} {took, number, duration} {price, number, dollars} {n, plural, one{# file} other{# files}}',
    })
    const values = { size: 1536, rate: 2_500_000, took: 7_800_000, price: 1234.5, n: 0 }
    expect(texts.all(values)).toBe('1.5\u00a0KiB 2.38\u00a0MiB/s 2\u00a0h 10\u00a0min $1,234.50 0 files')
    activateFirst(['de'])
    expect(texts.all(values).replaceAll('\u00a0', ' ')).toBe('1,5 KiB 2,38 MiB/s 2 Std. 10 Min. 1.234,50 $ 0 files')
    // French counts nothing as one; an English text does not.
    activateFirst(['fr'])
    expect(texts.all(values)).toMatch(/ 0 files$/)
  })
})

describe('the language', () => {
  afterEach(() => activate(ENGLISH))
  const texts = textsOf('sample', { n: '{n, number} it' })

  it.each([
    [['system', 'de_DE.UTF-8'], '1.234,5 it'],
    [['', undefined, 'C.UTF-8', 'de'], '1,234.5 it'],
    [['not a language', 'de@euro'], '1.234,5 it'],
    [['en-XA'], '⟦1,234.5 îîţ⟧'],
    [[], '1,234.5 it'],
  ])('is the first wish that is a language: %j', (wishes, text) => {
    activateFirst(wishes)
    expect(texts.n({ n: 1234.5 })).toBe(text)
  })

  it('is that of the program’s own variable, then the setting, then what the system says', () => {
    const environment = { LANG: 'c', LC_MESSAGES: 'b', LC_ALL: 'a', TIDEKEEP_LANG: 't' }
    expect(languageWishes(environment, 'set')).toEqual(['t', 'set', 'a', 'b', 'c'])
  })

  it.each([
    [{ TIDEKEEP_LANG: 'de_DE.UTF-8', LANG: 'fr' }, 'en', { tag: 'de-DE', by: 'environment' }],
    [{ LANG: 'fr' }, 'en-XB', { tag: 'en-XB', by: 'setting' }],
    [{ TIDEKEEP_LANG: 'system' }, 'en-XB', { tag: 'en-XB', by: 'setting' }],
    [{ TIDEKEEP_LANG: 'no language at all' }, 'system', { tag: 'system', by: 'setting' }],
  ] as const)(
    'is for a page what %j and the setting %s ask for, but not the system of the service',
    (env, set, chosen) => {
      expect(chosenLanguage(env, set)).toEqual(chosen)
    },
  )
})

describe('the interface', () => {
  const files = sources('renderer/**/*.tsx')

  it('has no text that is not in a catalogue', () => {
    const found: string[] = []
    for (const file of files)
      visitNodes(file.program, (node, parent) => {
        if (isLiteralText(node, parent)) found.push(`${placeOf(file, node)}: ${file.text.slice(node.start, node.end)}`)
      })
    expect(found).toEqual([])
    expect(files.length).toBeGreaterThan(50)
  })
})

const SPOKEN = new Set(['aria-label', 'aria-description', 'title', 'placeholder', 'alt', 'label', 'hint', 'confirm'])

/** Text between tags (but for what stands on keys), a spoken attribute, or a sentence in code. */
function isLiteralText(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  const value = node['value']
  if (node.type === 'JSXText') return /\p{L}/u.test(String(value)) && !isKey(parent)
  if (node.type === 'JSXAttribute')
    return (
      SPOKEN.has(String((node['name'] as SyntaxNode)['name'])) && isNode(value) && /\p{L}/u.test(textOf(value['value']))
    )
  const isThrown = parent?.type === 'NewExpression'
  if (node.type === 'Literal')
    return typeof value === 'string' && /^\p{Lu}\p{L}* \p{L}|^\p{Lu}\p{Ll}+[.!?…]$/u.test(value) && !isThrown
  return (
    node.type === 'TemplateElement' &&
    /\p{L}{2,} \p{L}{2,} \p{L}{2,}/u.test(String((value as { cooked?: string }).cooked))
  )
}

function isKey(element: SyntaxNode | undefined): boolean {
  const opening = element?.['openingElement'] as SyntaxNode | undefined
  return isNode(opening?.['name']) && opening['name']['name'] === 'kbd'
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
