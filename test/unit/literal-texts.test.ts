import { describe, expect, it } from 'vitest'
import { placeOf, sources, type SyntaxNode, visitNodes } from '../fixtures/syntax-tree.ts'

/** Why sentences stay where they are. */
const APART: readonly (readonly [path: RegExp, why: string])[] = [
  [/^common\/messages\//, 'the catalogue'],
  [/^main\/providers\/conformance\//, 'checks are known by their sentences, in reports and in --json'],
  [/^main\/providers\/memory\//, 'a target of tests'],
  [/^main\/state\/(schema|sqlite)\//, 'SQL, and what is wrong with a file, which goes to the log word for word'],
  [/^main\/telemetry\//, 'names of metrics'],
  [/^preload\//, 'a page of this program asks for no call that is not there'],
  [/^main\/cli\/completion-script\.ts$/, 'programs for shells'],
  [/^main\/cli\/drill\/data-set\.ts$/, 'names of files'],
  [/^main\/cli\/help-format\.ts$/, 'what commander writes, to be replaced'],
]

/** Written into places that programs read, or that outlive the language. */
const FIXED: readonly RegExp[] = [
  /^This folder is a Tidekeep target\. Keep this file\.$/,
  /^Tidekeep (tries what this store can do|looked whether it may write here)\./,
  /^Bearer realm=/,
  /^Comment=Keeps your folders safe/,
  /^Library\/Application Support/,
  /^(VirtualBox|VMware) shared folder$/,
  /^\s*(AND|AS|BEGIN|CREATE|DELETE|FROM|GROUP BY|INSERT|ORDER BY|PRAGMA|RETURNING|SELECT|UPDATE|WHERE|WITH)\s/,
  /^\nCaused by: $/,
]

/** Begins like a sentence, and has more than one word or ends like one. */
const SENTENCE = /^\s*["“]?\p{Lu}\p{L}*(?:[,:]? ["“]?\p{L}|\p{Ll}[.!?…]\s*$)/u
/** A sentence that begins with a value: ` is not there.` */
const REST = /\p{L} \p{L}[^.]* \p{L}+\.$/u
/** Errors of programming: nobody reads them but in a stack. */
const FAULTS = /^(Error|TypeError|RangeError)$/

function literalTexts(pattern: string): readonly string[] {
  return sources(pattern)
    .filter(({ path }) => !APART.some(([apart]) => apart.test(path)))
    .flatMap((file) => {
      const found: string[] = []
      visitNodes(file.program, (node) => {
        if (isFault(node)) return false
        const text = textOf(node)
        const isText = SENTENCE.test(text) || REST.test(text)
        if (isText && !FIXED.some((fixed) => fixed.test(text))) found.push(`${placeOf(file, node)}: ${text}`)
        return true
      })
      return found
    })
}

function isFault(node: SyntaxNode): boolean {
  const name = (node['callee'] as { readonly name?: unknown } | undefined)?.name
  return (node.type === 'NewExpression' && FAULTS.test(String(name))) || name === 'assertNever'
}

function textOf(node: SyntaxNode): string {
  if (node.type === 'Literal' && typeof node['value'] === 'string') return node['value']
  return node.type === 'TemplateElement' ? ((node['value'] as { readonly cooked?: string }).cooked ?? '') : ''
}

describe('what people read', () => {
  it('is in the catalogue, in the program, its threads and what they share', () => {
    expect(literalTexts('{common,main,preload,workers}/**/*.ts')).toEqual([])
  })
})
