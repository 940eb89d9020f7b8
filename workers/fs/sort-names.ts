import { comparePaths } from '../../common/paths.ts'

/** Sorts names as `comparePaths` does, in place. The built-in order, which is several times as fast, is that of UTF-8 unless a name reaches past U+D7FF. */
export function sortNames(names: string[]): readonly string[] {
  return names.some((name) => /[\uD800-\uFFFF]/.test(name)) ? names.sort(comparePaths) : names.sort()
}
