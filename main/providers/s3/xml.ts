/**
 * Reading of the flat XML documents S3 answers with. Elements of interest are found by name at any
 * depth; nothing here resolves entities but the predefined and numeric ones, so a hostile document
 * can neither expand nor reach out.
 */

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** The text of the first `<name>`, decoded; undefined when there is none. */
export function xmlText(xml: string, name: string): string | undefined {
  const open = `<${name}>`
  const start = xml.indexOf(open)
  if (start < 0) return xml.includes(`<${name}/>`) ? '' : undefined
  const end = xml.indexOf(`</${name}>`, start)
  return end < 0 ? undefined : decodeXml(xml.slice(start + open.length, end))
}

/** The inner XML of every `<name>`, in order. */
export function* xmlElements(xml: string, name: string): Generator<string> {
  const open = `<${name}>`
  const close = `</${name}>`
  let position = 0
  for (;;) {
    const start = xml.indexOf(open, position)
    const end = start < 0 ? -1 : xml.indexOf(close, start)
    if (end < 0) return
    yield xml.slice(start + open.length, end)
    position = end + close.length
  }
}

/** The name of the document's root element. */
export function xmlRoot(xml: string): string | undefined {
  return /^\s*(?:<\?xml[^>]*\?>\s*)?<([A-Za-z0-9]+)/.exec(xml)?.[1]
}

/** Escapes text for an element. */
export function encodeXml(text: string): string {
  return text.replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
}

function decodeXml(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z]+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return Object.hasOwn(NAMED, name as string) ? NAMED[name as string]! : whole
    const point = hex === undefined ? Number(decimal) : Number.parseInt(hex as string, 16)
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole
  })
}
