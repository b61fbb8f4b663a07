import { describe, expect, test } from 'vitest'
import { found, groupedByScript, stateOf, type AuthLink, type Func } from './auth-link'

const now = Date.parse('2030-01-01T00:00:00Z')
const link = { isDisabled: false, expireTime: null as string | null, func_id: 'a__b.c' as string | null }

test.each([
  [{}, 'enabled'],
  [{ expireTime: '2030-01-01T00:00:01Z' }, 'enabled'],
  [{ expireTime: '2030-01-01T00:00:00Z' }, 'expired'],
  [{ expireTime: '2029-01-01T00:00:00Z', isDisabled: true }, 'disabled'],
  [{ isDisabled: true }, 'disabled'],
  [{ func_id: null }, 'unpublished'],
  [{ func_id: null, expireTime: '2029-01-01T00:00:00Z' }, 'expired'],
])('a link with %j is %s', (given, expected) => expect(stateOf({ ...link, ...given }, now)).toBe(expected))

describe('searching', () => {
  const links = [
    { id: 'auln-1', funcId: 'a__b.greet', func_title: 'Greeting', note: null },
    { id: 'shop', funcId: 'a__b.sum', func_title: null, note: '给移动端使用' },
  ] as AuthLink[]

  test.each([
    ['', '', ['auln-1', 'shop']],
    [' GREETING ', '', ['auln-1']],
    ['移动端', '', ['shop']],
    ['sum', '', ['shop']],
    ['', 'a__b.greet', ['auln-1']],
    ['shop', 'a__b.greet', []],
    ['nowhere', '', []],
  ])('%j of the function %j finds %j', (search, funcId, expected) =>
    expect(found(links, search, funcId).map(({ id }) => id)).toEqual(expected),
  )
})

test('functions are grouped by their scripts', () => {
  const functions = [
    { id: 'a__b.x', title: 'X', scriptId: 'a__b', scpt_title: null },
    { id: 'a__c.y', title: null, scriptId: 'a__c', scpt_title: 'C' },
    { id: 'a__b.z', title: '', scriptId: 'a__b', scpt_title: null },
  ] as Func[]
  expect(groupedByScript(functions)).toEqual([
    {
      value: 'a__b',
      label: 'a__b',
      options: [
        { value: 'a__b.x', label: 'X (a__b.x)' },
        { value: 'a__b.z', label: 'a__b.z' },
      ],
    },
    { value: 'a__c', label: 'C (a__c)', options: [{ value: 'a__c.y', label: 'a__c.y' }] },
  ])
})
