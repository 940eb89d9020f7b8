import { nameOf } from '../../../common/paths.ts'
import type { RelPath } from '../../../common/model.ts'
import type { ContentSample } from '../../../workers/tasks.ts'

/** Less says nothing: of 256 random bytes 7.2 bits of entropy are expected, and of a line of Base64 6. */
const LEAST_BYTES = 256
/** Bits a byte that content must have to pass for noise, once there is enough of it. */
const NOISE_BITS = 7.9
/** How far below what random bytes of that number have the entropy of noise may be; about three standard deviations at 256 bytes. */
const SLACK_BITS = 0.1
const HEAD_BYTES = 4096

/**
 * True where content is noise although neither its first bytes nor its name tell of a kind that
 * always is: compressed kinds begin with a mark, and an encrypted photo has none any more. Undefined
 * where there is too little of it to tell.
 */
export function isScrambled(path: RelPath, sample: ContentSample): boolean | undefined {
  const { sampledBytes, bits, headBits, head } = sample
  if (sampledBytes < LEAST_BYTES) return undefined
  const isNoise = isNoiseLike(bits, sampledBytes) || isNoiseLike(headBits, Math.min(sampledBytes, HEAD_BYTES))
  return isNoise && !hasKnownMark(head) && !NOISE_EXTENSIONS.has(extensionOf(path))
}

function isNoiseLike(bits: number, sampledBytes: number): boolean {
  return bits >= Math.min(NOISE_BITS, expectedNoiseBits(sampledBytes) - SLACK_BITS)
}

const expectedBits = new Map<number, number>()

/** Mean entropy of so many random bytes: each of 256 values comes up k times with Poisson probability. */
function expectedNoiseBits(count: number): number {
  if (count >= HEAD_BYTES * 2) return 8
  let known = expectedBits.get(count)
  if (known === undefined) {
    const mean = count / 256
    let probability = Math.exp(-mean)
    let sum = 0
    for (let times = 1; times < mean + 60; times++) {
      probability *= mean / times
      sum += times * Math.log2(times) * probability
    }
    known = Math.log2(count) - (256 / count) * sum
    expectedBits.set(count, known)
  }
  return known
}

/**
 * The extension that a file took on, where it had another and none that people or programs commonly give. Undefined:
 * nothing to wonder at.
 */
export function strangeExtension(from: RelPath, to: RelPath): string | undefined {
  const gained = extensionOf(to)
  if (gained === '' || gained === extensionOf(from) || /^\d+$/.test(gained)) return undefined
  return COMMON_EXTENSIONS.has(gained) ? undefined : gained
}

/** Lower case, without the dot; '' where there is none. */
export function extensionOf(path: RelPath): string {
  const name = nameOf(path)
  const dot = name.lastIndexOf('.')
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase()
}

/** Hex of the first bytes of kinds that hold compressed or encrypted content. */
const MARKS: readonly string[] = [
  '504b0304', // zip, Office, OpenDocument, jar, apk
  '504b0506',
  'ffd8ff', // JPEG
  '89504e47', // PNG
  '474946', // GIF
  '52494646', // RIFF: WebP, WAV, AVI
  '49492a00', // TIFF and most raw photos
  '4d4d002a',
  '49492b00',
  '49495500', // RW2
  '46554a4946494c4d', // RAF
  '0000000c6a584c20', // JPEG XL
  'ff0a',
  '0000000c6a502020', // JPEG 2000
  '1f8b', // gzip
  '1f9d', // compress
  '425a68', // bzip2
  'fd377a585a', // xz
  '5d0000', // lzma
  '28b52ffd', // zstd
  '04224d18', // lz4
  '377abcaf', // 7z
  '52617221', // rar
  '4d534346', // cab
  '494433', // MP3 with a tag
  'fffb', // MP3, AAC
  'fff3',
  'fff2',
  'fffa',
  'fff1',
  'fff9',
  '664c6143', // FLAC
  '4f676753', // Ogg
  '1a45dfa3', // Matroska, WebM
  '000001ba', // MPEG
  '000001b3',
  '47400', // MPEG transport stream
  '3026b275', // ASF, WMV
  '25504446', // PDF
  '774f4646', // WOFF
  '774f4632',
  '38425053', // Photoshop
  '7801', // zlib, git objects
  '785e',
  '789c',
  '78da',
  '5041434b', // git packs
  'edabeedb', // rpm
  '213c61726368', // deb, ar
  '03d9a29a', // KeePass
  '53616c7465645f5f', // OpenSSL
  '6167652d656e63727970', // age
  '2d2d2d2d2d424547494e', // PEM
  '4c554b53', // LUKS
]
/** At the fifth byte: the containers of MP4, HEIC and QuickTime. */
const BOX_MARKS: readonly string[] = ['66747970', '6d6f6f76', '6d646174', '77696465', '66726565', '736b6970']

function hasKnownMark(head: string): boolean {
  return MARKS.some((mark) => head.startsWith(mark)) || BOX_MARKS.includes(head.slice(8, 16))
}

/** Kinds that are noise from the first byte on. */
const NOISE_EXTENSIONS: ReadonlySet<string> = new Set('gpg pgp c9r c9s hc tc vc axx br lzma dmg'.split(' '))

const COMMON_EXTENSIONS: ReadonlySet<string> = new Set(
  [
    'txt text md rst tex log csv tsv json jsonl xml yaml yml toml ini cfg conf env properties lock sql db sqlite sqlite3',
    'html htm css scss less js mjs cjs ts mts cts jsx tsx vue svelte map wasm c h cc cpp cxx hpp cs java kt go rs py pyc',
    'pyi ipynb rb php pl sh bash zsh ps1 bat cmd lua r jl m swift scala clj ex erl hs ml dart gradle cmake mk patch diff',
    'doc docx docm dot dotx xls xlsx xlsm xlsb ppt pptx pptm pps odt ods odp odg rtf pdf ps epub mobi azw3 pages numbers key',
    'jpg jpeg jpe png gif bmp tif tiff webp heic heif avif jxl jp2 svg ico raw cr2 cr3 nef arw dng orf rw2 raf psd ai eps xcf kra xmp thm',
    'mp3 m4a aac flac ogg oga opus wav aif aiff wma mid mp4 m4v mov avi mkv webm mpg mpeg mts m2ts ts 3gp wmv flv srt vtt',
    'zip gz tgz bz2 tbz xz txz zst tzst 7z rar tar iso dmg img cab jar war apk deb rpm whl br lz4',
    'bak backup old orig new tmp temp part partial crdownload swp save copy rej prev dist sample example default disabled off',
    'gpg pgp asc sig pem crt cer key p12 pfx eml msg mbox ics vcf dwg dxf step stl obj blend fbx bin dat exe dll so o a lib class',
  ].flatMap((line) => line.split(' ')),
)
