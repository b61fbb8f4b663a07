/** What a new script begins with. */
export const newScriptCode = `@DFF.API('Hello')
def hello(name='world'):
    '''Greets somebody by name.'''
    print('greeting', name)
    return f'Hello, {name}!'
`
