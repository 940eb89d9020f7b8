import { describe, expect, it } from 'vitest'
import { RowElements } from '../../renderer/components/row-elements.ts'

describe('the elements that draw the rows of a list', () => {
  it('stay with their rows while the list moves a little', () => {
    const elements = new RowElements()
    expect(elements.idsFor(['a', 'b', 'c', 'd'], true)).toEqual([0, 1, 2, 3])
    expect(elements.idsFor(['c', 'd', 'e', 'f'], true)).toEqual([2, 3, 4, 5])
    expect(elements.idsFor(['b', 'c', 'd', 'e'], true)).toEqual([6, 2, 3, 4])
  })

  it('are taken over in their order by rows of which none was there, but for the active one', () => {
    const elements = new RowElements()
    elements.idsFor(['a', 'b', 'c'], true)
    expect(elements.idsFor(['x', 'y', 'z'], true)).toEqual([0, 1, 2])
    expect(elements.idsFor(['y', 'l', 'm', 'n'], true)).toEqual([1, 0, 2, 3])
  })

  it('are never taken over while one of them has the focus', () => {
    const elements = new RowElements()
    elements.idsFor(['a', 'b'], true)
    expect(elements.idsFor(['x', 'y'], false)).toEqual([2, 3])
  })

  it('are the same for the same rows, however often they are asked for', () => {
    const elements = new RowElements()
    elements.idsFor(['a', 'b'], true)
    expect(elements.idsFor(['x', 'y'], true)).toEqual(elements.idsFor(['x', 'y'], true))
  })
})
