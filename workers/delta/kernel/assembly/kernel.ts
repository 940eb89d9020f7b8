/**
 * The loops over single bytes, in AssemblyScript: compiled to WebAssembly by scripts/build.ts.
 * Addresses are offsets into the module's own memory, where the caller has put the bytes. Nothing
 * here allocates, and nothing here trusts: all lengths come from the caller, who keeps them inside.
 */

/** 256 random 64-bit words, one for each byte value, at the start of memory. */
const GEAR: usize = 0
/** A cut depends on this many bytes before it: older ones have been shifted out of the 64-bit sum. */
const REACH: usize = 64
/** Text is told by this many bytes at the start of a chunk. */
const SAMPLE: usize = 256

/** Fills the gear table with splitmix64 from a fixed seed. Changing it changes every cut. */
export function fillGear(): void {
  let state: u64 = 0x746964656b656570
  for (let value: usize = 0; value < 256; value++) {
    state += 0x9e3779b97f4a7c15
    let word = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb
    store<u64>(GEAR + (value << 3), word ^ (word >> 31))
  }
}

/** One bound for the gear sum, met once in `gap` bytes of random content. */
function boundFor(gap: u32): u64 {
  return u64.MAX_VALUE / u64(gap)
}

function gear(at: usize): u64 {
  return load<u64>(GEAR + (usize(load<u8>(at)) << 3))
}

function step(sum: u64, at: usize): u64 {
  return (sum << 1) + gear(at)
}

/** The gear sum of the bytes from `at - REACH`, or from `start` where that is later, up to `at`. */
function sumBefore(at: usize, start: usize): u64 {
  let sum: u64 = 0
  for (let near = at - start > REACH ? at - REACH : start; near < at; near++) sum = step(sum, near)
  return sum
}

/** The first cut in [at, end], or 0. Bytes from `start` on may be read. `gap`: bytes between cuts on average. */
export function nextCut(start: usize, at: usize, end: usize, gap: u32): usize {
  const bound = boundFor(gap)
  let sum = sumBefore(at, start)
  if (sum < bound) return at
  // Four sums from one: the chain from sum to sum is what takes time, and so it is a quarter as long.
  while (at + 4 <= end) {
    const first = gear(at)
    const second = gear(at + 1) + (first << 1)
    const third = gear(at + 2) + (second << 1)
    const fourth = gear(at + 3) + (third << 1)
    if ((sum << 1) + first < bound) return at + 1
    if ((sum << 2) + second < bound) return at + 2
    if ((sum << 3) + third < bound) return at + 3
    sum = (sum << 4) + fourth
    at += 4
    if (sum < bound) return at
  }
  while (at < end) {
    sum = step(sum, at++)
    if (sum < bound) return at
  }
  return 0
}

/** 1 when `at` is a cut. */
export function isCut(start: usize, at: usize, gap: u32): u32 {
  return u32(sumBefore(at, start) < boundFor(gap))
}

/** Whether none of the first bytes is a control character that text never has. */
function isText(at: usize, end: usize): bool {
  if (end - at > SAMPLE) end = at + SAMPLE
  const least = i8x16.splat(9)
  while (at + 16 <= end) {
    if (v128.any_true(v128.lt<u8>(v128.load(at), least))) return false
    at += 16
  }
  while (at < end) if (load<u8>(at++) < 9) return false
  return true
}

/** The gap that a chunk beginning at `at` would end in: a quarter of its average. Text is cut twice as fine. */
export function gapAt(at: usize, end: usize, average: u32): u32 {
  return isText(at, end) ? average >> 3 : average >> 2
}

/**
 * The end of the chunk that begins at `at`, at most `end`. Precondition: `end` is the end of the
 * file or at least `most` bytes away. Three quarters of a chunk's average are its least length, and no
 * byte of those is looked at; the last quarter is the gap that follows.
 */
export function chunkEnd(at: usize, end: usize, average: u32, most: u32): usize {
  const gap = gapAt(at, end, average)
  const least: usize = 3 * gap
  if (end - at <= least) return end
  const last = end - at > most ? at + most : end
  const cut = nextCut(at, at + least, last, gap)
  return cut == 0 ? last : cut
}

/** Spreads the two sums of a block over 32 bits; the upper ones are the best. */
function mix(sum: u32, weighted: u32): u32 {
  return sum * 0x9e3779b1 + weighted * 0x85ebca77
}

let sum: u32 = 0
let weighted: u32 = 0

/** Both sums of a block as in Adler-32, modulo 2^32: of its bytes, and of its bytes by their distance from the end. */
function sumBlock(at: usize, length: u32): void {
  const end = at + length
  const zero = i32x4.splat(0)
  const ones = i16x8.splat(1)
  const far = i16x8(16, 15, 14, 13, 12, 11, 10, 9)
  const near = i16x8(8, 7, 6, 5, 4, 3, 2, 1)
  let sums = zero
  let before = zero
  let weights = zero
  while (at + 16 <= end) {
    const bytes = v128.load(at)
    const low = i16x8.extend_low_i8x16_u(bytes)
    const high = i16x8.extend_high_i8x16_u(bytes)
    before = i32x4.add(before, sums)
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.add(low, high), ones))
    weights = i32x4.add(weights, i32x4.add(i32x4.dot_i16x8_s(low, far), i32x4.dot_i16x8_s(high, near)))
    at += 16
  }
  sum = lanes(sums)
  weighted = lanes(weights) + (lanes(before) << 4)
  while (at < end) {
    sum += load<u8>(at++)
    weighted += sum
  }
}

function lanes(vector: v128): u32 {
  return (
    i32x4.extract_lane(vector, 0) +
    i32x4.extract_lane(vector, 1) +
    i32x4.extract_lane(vector, 2) +
    i32x4.extract_lane(vector, 3)
  )
}

/** The weak hash of one block. */
export function weakHash(at: usize, length: u32): u32 {
  sumBlock(at, length)
  return mix(sum, weighted)
}

/** Where the look-up tables of `roll` lie, see `addWeak`. */
let map: usize = 0
let table: usize = 0
let tableMask: u32 = 0

/** A weak hash in the table: itself, and a number above 0. Its map has a byte for each of the upper 20 bits. */
const MAP_SHIFT: u32 = 12

/** Says where the zero-filled map (2^20 bytes) and table (`slots` times 8 bytes, a power of two) lie. */
export function useTables(mapAt: usize, tableAt: usize, slots: u32): void {
  map = mapAt
  table = tableAt
  tableMask = slots - 1
}

function slotOf(weak: u32): usize {
  return table + (usize((weak ^ (weak >> 15)) & tableMask) << 3)
}

function nextSlot(slot: usize): usize {
  return table + ((slot - table + 8) & ((usize(tableMask) << 3) | 7))
}

/** Adds a weak hash; answers the number it already has, or 0. The table must have free slots left. */
export function addWeak(weak: u32, number: u32): u32 {
  let slot = slotOf(weak)
  for (; load<u32>(slot, 4) != 0; slot = nextSlot(slot)) if (load<u32>(slot) == weak) return load<u32>(slot, 4)
  store<u32>(slot, weak)
  store<u32>(slot, number, 4)
  store<u8>(map + (weak >> MAP_SHIFT), 1)
  return 0
}

/** Stands for a weak hash that is no longer looked for. */
const DROPPED: u32 = u32.MAX_VALUE

/** From now on `roll` does not stop at this weak hash, which must be in the table. */
export function dropWeak(weak: u32): void {
  let slot = slotOf(weak)
  while (load<u32>(slot) != weak || load<u32>(slot, 4) == 0) slot = nextSlot(slot)
  store<u32>(slot, DROPPED, 4)
}

/** The number of a weak hash, or 0. */
function findWeak(weak: u32): u32 {
  for (let slot = slotOf(weak); load<u32>(slot, 4) != 0; slot = nextSlot(slot)) {
    if (load<u32>(slot) != weak) continue
    const number = load<u32>(slot, 4)
    return number == DROPPED ? 0 : number
  }
  return 0
}

let foundNumber: u32 = 0

/** The number of the weak hash that `roll` stopped at. */
export function found(): u32 {
  return foundNumber
}

/**
 * The first place in [at, last] where a block of `length` bytes has a weak hash of the table, or 0.
 * Bytes up to `last + length` are read, and that one.
 */
export function roll(at: usize, last: usize, length: u32): usize {
  sumBlock(at, length)
  let plain = sum
  let byDistance = weighted
  const probes = map
  while (at <= last) {
    const weak = mix(plain, byDistance)
    if (load<u8>(probes + (weak >> MAP_SHIFT)) != 0) {
      foundNumber = findWeak(weak)
      if (foundNumber != 0) return at
    }
    const leaving: u32 = load<u8>(at)
    plain += u32(load<u8>(at + length)) - leaving
    byDistance += plain - leaving * length
    at++
  }
  return 0
}
