import { expect, test } from 'vitest'
import { parseExact, prettyExact } from './exact-json'
import { quickMatches, type QuickEntry } from './quick-open'
import { outcomeOf } from './run-outcome'
import { tableOf } from './table'
import { treeOf } from './tree'
import type { Script, ScriptSet } from './api'

test('JSON is shown indented, with every digit where the engine tells them', () => {
  const text = '{"a":[1,{"b":"é\\n"}],"c":{},"d":[],"e":null}'
  expect(JSON.parse(prettyExact(parseExact(text)))).toEqual(JSON.parse(text))
  expect(prettyExact([12345678901234567890n])).toBe('[\n  12345678901234567890\n]')
})

test.each([
  [
    [{ a: 1, b: 'x' }, { b: { c: [1] } }],
    {
      columns: ['a', 'b'],
      rows: [
        ['1', 'x'],
        ['', '{ "c": [ 1 ] }'],
      ],
    },
  ],
  [
    [[1, 2], [3]],
    {
      columns: ['0', '1'],
      rows: [
        ['1', '2'],
        ['3', ''],
      ],
    },
  ],
])('%j is a table', (value, expected) => expect(tableOf(value)).toEqual({ ...expected, hiddenColumns: 0 }))

test.each([[[]], [[1, 2]], [{ a: 1 }], ['text'], [[{ a: 1 }, 2]], [[{}]]])('%j is none', (value) =>
  expect(tableOf(value)).toBeNull(),
)

test('an answer that is nothing like an answer is a failure without details', () =>
  expect(outcomeOf('nonsense')).toMatchObject({ ok: false, log: null, error: { message: '', frames: [] } }))

test('a failure has its frames and its place', () => {
  const frame = {
    filename: 's__a',
    funcname: 'f',
    lineNumber: 3,
    lineCode: 'x',
    localsInfo: [{ name: 'x', type: 'int', repr: '0' }],
  }
  const detail = {
    etype: 'ValueError',
    stack: 'Traceback',
    traceInfo: { stack: [frame] },
    place: { line: 2, column: 5 },
  }
  const outcome = outcomeOf({ ok: false, message: 'bad', detail, data: { result: { logMessages: ['a'] } } })
  expect(outcome).toMatchObject({ ok: false, log: ['a'], error: { type: 'ValueError', place: { line: 2, column: 5 } } })
  expect(outcome.error?.frames[0]).toMatchObject({ filename: 's__a', lineNumber: 3, locals: [{ name: 'x' }] })
})

test('the search of scripts begins with names that begin so', () => {
  const entry = (scriptId: string, funcName: string | null): QuickEntry => ({
    scriptId,
    funcName,
    title: null,
    line: null,
  })
  const all = [entry('set__add', null), entry('set__other', 'add'), entry('set__other', 'pad'), entry('x__y', 'readd')]
  expect(quickMatches(all, 'add').map(({ funcName }) => funcName)).toEqual(['add', null, 'readd'])
  expect(quickMatches(all, 'other pad')).toHaveLength(1)
  expect(quickMatches(all, 'nothing')).toEqual([])
})

test('the tree keeps sets that match, and those with a script that does', () => {
  const set = (id: string) => ({ id, title: null }) as ScriptSet
  const script = (id: string, title: string | null = null) =>
    ({ id, scriptSetId: id.slice(0, id.indexOf('__')), title, codeMD5: null, codeDraftMD5: 'x' }) as Script
  const tree = (search: string) =>
    treeOf([set('b'), set('a')], [script('a__one', 'Prices'), script('b__two')], search).map(
      ({ set: { id }, scripts }) => `${id}:${scripts.map(({ name }) => name).join()}`,
    )
  expect(tree('')).toEqual(['a:one', 'b:two'])
  expect(tree('price')).toEqual(['a:one'])
  expect(tree('b')).toEqual(['b:two'])
  expect(tree('zzz')).toEqual([])
})
