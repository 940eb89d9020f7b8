import { describe, expect, it } from 'vitest'
import type { Action } from '../../common/model.ts'
import { MovesUnderWay } from '../../main/engine/moves-under-way.ts'
import { baseFile, localFile, rel } from '../fixtures/entries.ts'

function move(from: string, to: string): { readonly action: Action } {
  const expect = { kind: 'etag', etag: '"1"' } as const
  return {
    action: { kind: 'move', path: rel(to), from: rel(from), local: localFile(to), base: baseFile(from), expect },
  }
}

function upload(path: string): { readonly action: Action } {
  return { action: { kind: 'upload', path: rel(path), local: localFile(path), expect: { kind: 'absent' } } }
}

describe('moves under way', () => {
  it('last until they end', () => {
    const moves = new MovesUnderWay()
    moves.planned([move('a', 'b')])
    expect([moves.isMoving(rel('a')), moves.isMoving(rel('b'))]).toEqual([true, false])
    moves.ended(move('a', 'b').action)
    expect(moves.isMoving(rel('a'))).toBe(false)
  })

  it('are over when something else is planned for the new path: the job of the move is replaced', () => {
    const moves = new MovesUnderWay()
    moves.planned([move('a', 'b')])
    moves.planned([upload('b')])
    expect(moves.isMoving(rel('a'))).toBe(false)
  })

  it('of a file that was renamed twice last until both ended', () => {
    const moves = new MovesUnderWay()
    moves.planned([move('a', 'b')])
    moves.planned([move('a', 'c')])
    moves.ended(move('a', 'b').action)
    expect(moves.isMoving(rel('a'))).toBe(true)
    moves.ended(move('a', 'c').action)
    expect(moves.isMoving(rel('a'))).toBe(false)
  })

  it('that were replaced do not end the one that took their place', () => {
    const moves = new MovesUnderWay()
    moves.planned([move('a', 'c')])
    moves.planned([move('b', 'c')])
    moves.ended(move('a', 'c').action)
    expect([moves.isMoving(rel('a')), moves.isMoving(rel('b'))]).toEqual([false, true])
  })
})
