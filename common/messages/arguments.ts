/**
 * A brace directly behind a letter or a digit opens an arm, `one{# file}`; every other one opens an
 * argument, `of {total}`. The catalogues keep to it (a test parses each message), so that the compiler
 * can read the names of the arguments off the text.
 */
type Word =
  | 'a'
  | 'b'
  | 'c'
  | 'd'
  | 'e'
  | 'f'
  | 'g'
  | 'h'
  | 'i'
  | 'j'
  | 'k'
  | 'l'
  | 'm'
  | 'n'
  | 'o'
  | 'p'
  | 'q'
  | 'r'
  | 's'
  | 't'
  | 'u'
  | 'v'
  | 'w'
  | 'x'
  | 'y'
  | 'z'
  | '0'
  | '1'
  | '2'
  | '3'
  | '4'
  | '5'
  | '6'
  | '7'
  | '8'
  | '9'
type EndsInWord = `${string}${Word}`

type ValueOf<Kind extends string> = Kind extends `select${string}` ? string | boolean : number

type Argument<Opened extends string> = Opened extends `${infer Inner}}${string}`
  ? Inner extends `${infer Name}, ${infer Kind}`
    ? readonly [Name, ValueOf<Kind>]
    : readonly [Inner, string | number]
  : never

type Arguments<Message extends string> = Message extends `${infer Before}{${infer After}`
  ? (Before extends EndsInWord ? never : Argument<After>) | Arguments<After>
  : never

/** What an ICU message is given: `{n, plural, …}` and `{size, number, bytes}` numbers, `{name}` texts or numbers. */
export type MessageValues<Message extends string> = {
  readonly [Each in Arguments<Message> as Each[0]]: Each[1]
}

/** A text, or what makes one of the values its message names. */
export type Text<Message extends string> = [Arguments<Message>] extends [never]
  ? string
  : (values: MessageValues<Message>) => string

/** A catalogue as it is used: the same tree, with texts for messages. */
export type Texts<Catalogue> = Catalogue extends string
  ? Text<Catalogue>
  : { readonly [Key in keyof Catalogue]: Texts<Catalogue[Key]> }
