import { afterEach, describe, expect, it, vi } from 'vitest'
import { TidekeepError } from '../../common/errors.ts'
import { sharedFailureMessages } from '../../common/messages/en/shared-failures.ts'
import { threadFailureMessages } from '../../common/messages/en/thread-failures.ts'
import { activate, ENGLISH } from '../../common/messages/language.ts'
import { activateFirst } from '../../common/messages/languages.ts'
import { textsOf } from '../../common/messages/texts.ts'
import { say, wordingsOf } from '../../common/messages/wording.ts'
import { toRelPath } from '../../common/paths.ts'
import { createPool } from '../../main/pool.ts'
import { toTaskFailure } from '../../workers/task-failure.ts'

const messages = {
  plain: 'It is full.',
  named: '{path} is full: {why}.',
  counted: '{n, plural, one{# file} other{# files}} of {size, number, bytes}',
  why: 'nothing fits',
} as const
const wordings = wordingsOf('sample', messages)
const NAMED = wordings.named({ path: '/disk', why: wordings.why })

afterEach(() => activate(ENGLISH))

describe('a wording', () => {
  it('is said like a text of the catalogue, with the parts that are wordings themselves', () => {
    expect([say(wordings.plain), say(NAMED), say(wordings.counted({ n: 2, size: 1536 }))]).toEqual([
      'It is full.',
      '/disk is full: nothing fits.',
      '2 files of 1.5\u00a0KiB',
    ])
    activateFirst(['en-XA'])
    const texts = textsOf('sample', messages)
    expect(say(NAMED)).toBe(texts.named({ path: '/disk', why: texts.why }))
    expect(say(wordings.plain)).toBe(texts.plain)
    expect(say('already said')).toBe('already said')
  })

  it('is found by its id in another language', () => {
    const german: Readonly<Record<string, string>> = { 'sample.plain': 'Es ist voll.' }
    activate({ name: 'Deutsch', tag: 'de', direction: 'ltr', translate: (id) => german[id] })
    expect(say(wordings.plain)).toBe('Es ist voll.')
  })

  it('is plain English where nobody speaks, as in a thread', async () => {
    vi.resetModules()
    const silent = await import('../../common/messages/wording.ts')
    expect(silent.say(NAMED)).toBe('/disk is full: nothing fits.')
    expect(silent.say(wordings.plain)).toBe('It is full.')
  })

  it('crosses the boundary of a thread in an error, and is said on the other side', () => {
    const thrown = new TidekeepError({ code: 'quota-exceeded', message: NAMED, fix: wordings.plain })
    const arrived = structuredClone(toTaskFailure(thrown))
    activateFirst(['en-XA'])
    const { message, fix } = new TidekeepError(arrived)
    expect([message, fix]).toEqual([say(NAMED), say(wordings.plain)])
    expect(message).toMatch(/^⟦/)
  })
})

describe('what threads say', () => {
  it('needs no reader of messages: values are filled in as they are', () => {
    const flat = (member: string | object): readonly string[] =>
      typeof member === 'string' ? [member] : Object.values(member).flatMap((each) => flat(each as string | object))
    for (const message of [...flat(threadFailureMessages), ...flat(sharedFailureMessages)])
      expect(message.replaceAll(/\{\w+(, number, bytes)?\}/g, '')).not.toMatch(/[{}]/)
  })

  it('comes in the language of the reader, from a real thread', async () => {
    activateFirst(['en-XA'])
    const pool = createPool({ threads: 1 })
    try {
      const file = { absolutePath: '/nowhere/at-all', size: 1, mtimeNs: 0n, ctimeNs: 0n, inode: '0:0' }
      await expect(pool.run('hashFile', file as never, {})).rejects.toMatchObject({
        code: 'vanished',
        message: expect.stringMatching(/^⟦\/nowhere\/at-all îîš ñöö ļööñĝééŕ ţĥééŕéé\.⟧$/),
      })
    } finally {
      await pool.close()
    }
  })
})

describe('a value that everybody checks', () => {
  it('is refused in the language of the process', () => {
    activateFirst(['en-XA'])
    expect(() => toRelPath('a//b')).toThrow(/^⟦Ţĥéé þååţĥ "a\/\/b" .*⟦îîţ ĥååš/)
  })
})
