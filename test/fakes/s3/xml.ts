/** A parsed element: its children by name, and its text. */
export interface XmlNode {
  readonly name: string
  readonly text: string
  readonly children: readonly XmlNode[]
}

const ENTITY: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/** `<name>value</name>`, escaped as Amazon does (CR included). */
export function tag(name: string, value: string | number | boolean): string {
  const text = String(value).replace(/[<>&"\r]/g, (char) => (char === '\r' ? '&#13;' : `&${entityOf(char)};`))
  return `<${name}>${text}</${name}>`
}

/** `<name>` around ready-made XML. */
export function wrap(name: string, inner: string): string {
  return `<${name}>${inner}</${name}>`
}

/** A whole document with the namespace of S3. */
export function xmlDocument(name: string, inner: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${name} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${inner}</${name}>`
}

/** Parses the small documents clients send. Throws on anything malformed. */
export function parseXml(text: string): XmlNode {
  const tokens = text.replace(/^\uFEFF?\s*<\?xml[^>]*\?>/, '').matchAll(/<(\/?)([A-Za-z0-9:]+)([^<>]*?)(\/?)>|([^<]+)/g)
  const stack: { name: string; text: string; children: XmlNode[] }[] = [{ name: '', text: '', children: [] }]
  for (const [, closing, name, , selfClosing, content] of tokens) {
    const top = stack.at(-1)!
    if (content !== undefined) top.text += decodeEntities(content)
    else if (closing === '/') {
      if (stack.length < 2 || top.name !== name) throw new Error(`unexpected </${name}>`)
      stack.pop()
    } else {
      const node = { name: name!, text: '', children: [] as XmlNode[] }
      top.children.push(node)
      if (selfClosing !== '/') stack.push(node)
    }
  }
  const root = stack[0]!.children[0]
  if (stack.length !== 1 || root === undefined) throw new Error('incomplete document')
  return root
}

/** The children of that name. */
export function childrenOf(node: XmlNode, name: string): readonly XmlNode[] {
  return node.children.filter((child) => child.name === name)
}

/** The text of the first child of that name. */
export function textOf(node: XmlNode, name: string): string | undefined {
  return childrenOf(node, name)[0]?.text
}

function entityOf(char: string): string {
  return Object.entries(ENTITY).find(([, value]) => value === char)![0]
}

function decodeEntities(text: string): string {
  return text.replace(/&(#x?[0-9a-f]+|[a-z]+);/gi, (whole, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16))
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
    return ENTITY[name] ?? whole
  })
}
