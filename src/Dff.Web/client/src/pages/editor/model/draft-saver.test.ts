import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../../../api/client'
import { DraftSaver, type SaveState } from './draft-saver'

/** A server with one draft, and an editor with one text. */
class Bench {
  text = 'a'
  stored = { code: 'a', md5: 'md5 of a' }
  kept: { code: string; md5: string } | null = null
  states: SaveState[] = []
  failing: ApiError | null = null
  /** The draft is stored, and the answer lost. */
  losesAnswer = false

  readonly saver = new DraftSaver(
    {
      read: () => this.text,
      load: () => Promise.resolve({ ...this.stored }),
      keep: (copy) => (this.kept = copy),
      changed: (state) => this.states.push(state),
      save: (code, previous) => {
        if (this.failing !== null) return Promise.reject(this.failing)
        if (previous !== this.stored.md5) return Promise.reject(conflict)
        this.stored = { code, md5: `md5 of ${code}` }
        return this.losesAnswer ? Promise.reject(network) : Promise.resolve(this.stored.md5)
      },
    },
    'md5 of a',
    'a',
  )

  type(text: string) {
    this.text = text
    this.saver.edited()
  }
}

const network = new ApiError(0, 'ENetwork', '', null)
const conflict = new ApiError(409, 'EBizRequestConflict.scriptDraftAlreadyChanged', '', null)

let bench: Bench

beforeEach(() => {
  vi.useFakeTimers()
  bench = new Bench()
})

afterEach(() => vi.useRealTimers())

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

test('a change is saved once the writer pauses', async () => {
  bench.type('ab')
  await pass(300)
  bench.type('abc')
  await pass(300)
  expect(bench.stored.code).toBe('a')
  await pass(600)
  expect(bench.stored.code).toBe('abc')
  expect(bench.saver.state).toBe('saved')
  expect(bench.kept).toBeNull()
})

test('flush saves now, and again what was typed meanwhile', async () => {
  bench.type('ab')
  const flushed = bench.saver.flush()
  bench.type('abc')
  expect(await flushed).toBe(true)
  expect(bench.stored.code).toBe('abc')
})

test('what cannot be sent is kept on this machine, and sent once the server is back', async () => {
  bench.failing = network
  bench.type('ab')
  await pass(5000)
  expect(bench.saver.state).toBe('offline')
  expect(bench.kept).toEqual({ code: 'ab', md5: 'md5 of a' })
  bench.failing = null
  await pass(8000)
  expect(bench.stored.code).toBe('ab')
  expect(bench.kept).toBeNull()
})

test('a save whose answer was lost is no conflict', async () => {
  bench.losesAnswer = true
  bench.type('ab')
  await pass(600)
  bench.losesAnswer = false
  await pass(1000)
  expect(bench.saver.state).toBe('saved')
  expect(bench.states).not.toContain('conflict')
})

test('a draft that somebody else has stored is not replaced unasked', async () => {
  bench.stored = { code: 'theirs', md5: 'md5 of theirs' }
  bench.type('mine')
  await pass(600)
  expect(bench.saver.state).toBe('conflict')
  bench.type('mine too')
  await pass(60_000)
  expect(bench.stored.code).toBe('theirs')
  expect(bench.kept?.code).toBe('mine too')
  bench.saver.resolve('md5 of theirs', 'theirs')
  await pass(0)
  expect(bench.stored.code).toBe('mine too')
})

test('without a session it waits for the next one', async () => {
  bench.failing = new ApiError(401, 'EUserAuth', '', null)
  bench.type('ab')
  await pass(60_000)
  expect(bench.saver.state).toBe('signedOut')
  bench.failing = null
  bench.saver.retry()
  await pass(0)
  expect(bench.stored.code).toBe('ab')
})

test('what the server refuses is told, and not tried for ever', async () => {
  bench.failing = new ApiError(403, 'EBizCondition.ModifyingScriptNotAllowed', 'locked', null)
  bench.type('ab')
  await pass(60_000)
  expect(bench.states).toEqual(['changed', 'saving', 'refused'])
  expect(bench.kept?.code).toBe('ab')
})

test('typing back what is stored needs no save', async () => {
  bench.type('ab')
  bench.type('a')
  await pass(600)
  expect(bench.states).toEqual(['changed', 'saved'])
})
