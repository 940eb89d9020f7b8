import { IntlMessageFormat } from 'intl-messageformat'
import type { Language, MessageElements } from './language.ts'

type Element = MessageElements[number]
type Literal = Extract<Element, { readonly value: string }>

/** How the library marks text: its enum is not exported. Parsed when first asked for, which is never where nobody looks for mistakes. */
let parsed: Literal | undefined

const ACCENTED: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', (letter, index) => [
    letter,
    Array.from('åƀçđéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽ')[index] ?? letter,
  ]),
)
/** What no language translates: the product, its commands, options and placeholders for what is typed. */
const UNTOUCHED = /(["“]tidekeep [^"”]*["”]|Tidekeep|TIDEKEEP_[A-Z]+|--[a-z][a-z-]*|<[a-z-]+>)/
const RIGHT_TO_LEFT = ['\u202e', '\u202c'] as const

/** English with accents, a third longer, in ⟦brackets⟧: shows what is cut off, put together, or not in a catalogue. */
export const ACCENTS: Language = {
  name: 'Accents (en-XA)',
  isPseudo: true,
  tag: 'en-XA',
  direction: 'ltr',
  distort: (english) => [literal('⟦'), ...mapText(english, accented), literal('⟧')],
}

/** English drawn from right to left, in brackets: shows what does not mirror. */
export const MIRRORED: Language = {
  name: 'Right to left (en-XB)',
  isPseudo: true,
  tag: 'en-XB',
  direction: 'rtl',
  distort: (english) => [
    literal('⟦'),
    ...mapText(english, (text) => `${RIGHT_TO_LEFT[0]}${text}${RIGHT_TO_LEFT[1]}`),
    literal('⟧'),
  ],
}

/** Each literal text, also in the arms of plurals and selects; arguments stay as they are. */
function mapText(elements: MessageElements, map: (text: string) => string): MessageElements {
  return elements.map((element): Element => {
    if ('options' in element) {
      const arms = Object.entries(element.options).map(([key, arm]) => [
        key,
        { ...arm, value: mapText(arm.value, map) },
      ])
      return { ...element, options: Object.fromEntries(arms) }
    }
    return isLiteral(element) ? literal(map(element.value)) : element
  })
}

function isLiteral(element: Element): element is Literal {
  return element.type === marked().type
}

function literal(value: string): Element {
  return { ...marked(), value }
}

function marked(): Literal {
  return (parsed ??= new IntlMessageFormat('text', 'en').getAst()[0] as Literal)
}

/** Vowels twice, which makes English a third longer. */
function accented(text: string): string {
  return text
    .split(UNTOUCHED)
    .map((part, index) => (index % 2 === 1 ? part : lengthened(part)))
    .join('')
}

function lengthened(text: string): string {
  return text.replace(/[A-Za-z]/g, (letter) => {
    const shown = ACCENTED[letter] ?? letter
    return /[aeiou]/.test(letter) ? shown + shown : shown
  })
}
