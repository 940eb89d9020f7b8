import { describe, expect, it } from 'vitest'
import { similarTo } from '../../common/similar.ts'

const NAMES = ['list', 'show', 'resolve', 'restore', 'bandwidthLimit', 'add', 'adopt']

describe('names that were probably meant', () => {
  it.each([
    ['lst', ['list']],
    ['lsit', ['list']],
    ['LIST', ['list']],
    ['resotre', ['restore', 'resolve']],
    ['resolv', ['resolve']],
    ['bandwidth', ['bandwidthLimit']],
    ['ad', ['add']],
    ['x', []],
    ['frobnicate', []],
    ['', []],
  ])('%s: %j', (typed, meant) => {
    expect(similarTo(typed, NAMES)).toEqual(meant)
  })

  it('come nearest first, and at most three', () => {
    expect(similarTo('keepday', ['keepWay', 'keepDays', 'keepday', 'keepRay', 'keepBay'])).toEqual([
      'keepday',
      'keepWay',
      'keepDays',
    ])
  })
})
