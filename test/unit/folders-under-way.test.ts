import { describe, expect, it } from 'vitest'
import type { Job } from '../../common/model.ts'
import { FoldersUnderWay } from '../../main/engine/folders-under-way.ts'

const folder = (path: string): Job => ({ action: { kind: 'make-directory', path } }) as Job
const file = (path: string): Job => ({ action: { kind: 'upload', path } }) as Job

describe('folders that are under way', () => {
  it('come before what lies in them, at any depth, and before nothing else', async () => {
    const folders = new FoldersUnderWay()
    folders.begin([folder('a'), folder('a/b'), file('c')])
    const told: string[] = []
    const waits = ['a/b/x', 'a/y', 'c/z', 'a'].map((path) => folders.above([file(path)]).then(() => told.push(path)))
    await Promise.all(waits.slice(2))
    expect(told.toSorted()).toEqual(['a', 'c/z'])
    folders.end([folder('a')])
    await waits[1]
    expect(told).not.toContain('a/b/x')
    folders.end([folder('a/b'), folder('a/b')])
    await waits[0]
    await folders.above([file('a/b/later')])
  })
})
