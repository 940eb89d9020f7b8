import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RelPath } from '../../common/model.ts'
import { isScrambled } from '../../main/engine/plan/content-signs.ts'
import { judgeOverwrites, type Overwrite } from '../../main/engine/plan/guard.ts'
import { sampleFiles } from '../../workers/sample-files.ts'
import { seededRandom } from '../fakes/host.ts'

const SEED = Number(process.env['TIDEKEEP_SEED'] ?? 20_261_121)
const FILES = 64
const random = seededRandom(SEED)
let place: string

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), 'tidekeep-samples-'))
})
afterAll(() => rmSync(place, { recursive: true, force: true }))

const draw = (count: number): number => Math.floor(random.next() * count)
const sizeOf = (): number => Math.floor(300 * 2 ** (random.next() * 9))
const noise = (size: number): Buffer => Buffer.from(random.hex(size), 'hex')
const marked = (mark: string, size: number): Buffer => Buffer.concat([Buffer.from(mark, 'hex'), noise(size)])
const WORDS = 'the of and report meeting budget const return import for total amount invoice figure plan review'.split(
  ' ',
)

function prose(size: number): Buffer {
  let text = ''
  while (text.length < size) text += `${WORDS[draw(WORDS.length)]!}${draw(9) === 0 ? `\n${draw(1_000)}` : ' '}`
  return Buffer.from(text)
}

/** A file as it is after the change; `from`: the name it had. */
interface After {
  readonly path: string
  readonly from?: string
  readonly content: Buffer
}

const MARKS = { docx: '504b0304', xlsx: '504b0304', jpg: 'ffd8ffe1', png: '89504e470d0a1a0a', pdf: '255044462d312e37' }
/** What people keep, as it was before anyone touched it. */
function document(index: number): After {
  const kinds = ['docx', 'xlsx', 'pdf', 'jpg', 'txt', 'csv', 'md', 'txt'] as const
  const kind = kinds[index % kinds.length]!
  const size = sizeOf()
  return { path: `d/f${index}.${kind}`, content: kind in MARKS ? marked(MARKS[kind as 'docx'], size) : prose(size) }
}

const HONEST: Readonly<Record<string, (index: number) => After>> = {
  'office work': document,
  'find and replace': (index) => ({ path: `t/${index}.html`, content: prose(sizeOf()) }),
  'git checkout': (index) => ({
    path: index % 9 === 0 ? `src/${index}.png` : index % 11 === 0 ? `.git/objects/ab/${index}` : `src/${index}.ts`,
    content: index % 9 === 0 ? marked(MARKS.png, sizeOf()) : index % 11 === 0 ? marked('7801', 900) : prose(sizeOf()),
  }),
  'photo re-tagging': (index) => ({ path: `p/IMG_${index}.jpg`, content: marked(MARKS.jpg, 60_000) }),
  're-encoded films': (index) => ({
    path: `v/${index}.mp4`,
    from: `v/${index}.mov`,
    content: marked('000000206674797069736f6d', 60_000),
  }),
  'music to MP3': (index) => ({ path: `m/${index}.mp3`, from: `m/${index}.wav`, content: marked('fffb9064', 60_000) }),
  'logs packed': (index) => ({ path: `l/${index}.log.gz`, from: `l/${index}.log`, content: marked('1f8b0800', 9_000) }),
  'archives packed anew': (index) => ({ path: `z/${index}.zip`, content: marked('504b0304', 60_000) }),
  'an encrypted vault': (index) => ({ path: `c/${index}.c9r`, content: noise(9_000) }),
  'copies beside': (index) => ({ path: `d/${index}.txt.bak`, from: `d/${index}.txt`, content: prose(sizeOf()) }),
}

const RANSOMWARE: Readonly<Record<string, (index: number) => After>> = {
  'rewritten in place': (index) => ({ ...document(index), content: noise(sizeOf()) }),
  'rewritten and renamed': (index) => {
    const { path } = document(index)
    return { path: `${path}.locked`, from: path, content: noise(sizeOf()) }
  },
  'copied, encrypted, deleted': (index) => {
    const { path } = document(index)
    return { path: `${path}.x7k2q`, from: path, content: noise(sizeOf()) }
  },
  'only the beginning': (index) => ({ ...document(index), content: Buffer.concat([noise(4_096), prose(40_000)]) }),
  'renamed alone': (index) => {
    const { path, content } = document(index)
    return { path: `${path}.locked`, from: path, content }
  },
}

/** Looks into what one profile leaves, on a real disk, with the code of the worker. */
function judge(profile: (index: number) => After): { readonly isHeld: boolean; readonly share: number } {
  const after = Array.from({ length: FILES }, (_, index) => profile(index))
  const paths = after.map(({ path, content }, index) => {
    const absolute = join(place, `${index}-${basename(path)}`)
    writeFileSync(absolute, content)
    return absolute
  })
  const samples = sampleFiles({ paths })
  const overwrites = after.map(({ path, from, content }): Overwrite => {
    const named = from === undefined ? {} : { from: from as RelPath }
    return { path: path as RelPath, bytes: content.length, ...named }
  })
  const known = overwrites.flatMap(({ path }, index) => {
    const sample = samples[index]
    return sample === undefined ? [] : [isScrambled(path, sample)]
  })
  const told = known.filter((verdict) => verdict !== undefined)
  const hold = judgeOverwrites(
    { side: 'target', overwrites, deletions: 0, baselineFiles: 1_000 },
    overwrites.map((overwrite, index) => ({ overwrite, sample: samples[index] })),
  )
  return { isHeld: hold !== undefined, share: told.filter(Boolean).length / Math.max(1, told.length) }
}

describe(`overwrites in number (seed ${SEED})`, () => {
  it.each(Object.entries(HONEST))('pass where they are %s', (name, profile) => {
    const { isHeld, share } = judge(profile)
    console.log(`${name}: ${Math.round(share * 100)} % of the files look scrambled`)
    expect([isHeld, share < 0.05]).toEqual([false, true])
  })

  it.each(Object.entries(RANSOMWARE))('wait for a person where every file was %s', (name, profile) => {
    const { isHeld, share } = judge(profile)
    console.log(`${name}: ${Math.round(share * 100)} % of the files look scrambled`)
    expect(isHeld).toBe(true)
  })

  it('wait where an attack hides among as many honest changes', () => {
    const both = (index: number): After =>
      index % 2 === 0 ? RANSOMWARE['rewritten in place']!(index) : HONEST['git checkout']!(index)
    expect(judge(both).isHeld).toBe(true)
  })

  it('say why, with figures', () => {
    const overwrites = Array.from({ length: 60 }, (_, index): Overwrite => {
      return { path: `a${index}.doc.locked` as RelPath, from: `a${index}.doc` as RelPath, bytes: 10 }
    })
    expect(judgeOverwrites({ side: 'target', overwrites, deletions: 3, baselineFiles: 100 }, [])).toEqual({
      reason: 'mass-overwrite',
      count: 63,
      bytes: 600,
      message:
        '63 of 100 files changed at once, and 60 of them took the extension .locked. Nothing is replaced or deleted at the target until you agree.',
    })
  })
})

describe('a sample of a file', () => {
  it('tells zeros from content, at the beginning, in the middle and at the end', () => {
    const at = (position: number): boolean | undefined => {
      const content = Buffer.alloc(300_000)
      if (position >= 0) content[position] = 1
      const path = join(place, 'zeros')
      writeFileSync(path, content)
      return sampleFiles({ paths: [path] })[0]?.isZero
    }
    expect([at(-1), at(5), at(150_001), at(299_999)]).toEqual([true, false, false, false])
  })

  it('is none of what is not a file, and nothing of an empty one', () => {
    const empty = join(place, 'empty')
    writeFileSync(empty, '')
    const [none, directory, nothing] = sampleFiles({ paths: [join(place, 'absent'), place, empty] })
    expect([none, directory]).toEqual([undefined, undefined])
    expect(nothing).toMatchObject({ sampledBytes: 0, bits: 0, isZero: false })
  })
})
