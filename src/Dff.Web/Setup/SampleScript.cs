namespace Dff.Web.Setup;

/// <summary>The script that a new system starts with.</summary>
internal static class SampleScript
{
    public const string SetId = "sample";
    public const string Id = "sample__first_steps";
    public const string EnvVariableId = "sample_greeting";

    public const string Code = """
        # Functions with @DFF.API are exported when the script is published.


        @DFF.API('Greeting', category='sample', tags=['sample'])
        def greet(name='world'):
            '''Greets somebody by name.'''
            print('greeting', name)
            return f'Hello, {name}!'


        @DFF.API('Addition', category='sample', tags=['sample'])
        def add(x, y):
            '''Adds two numbers.'''
            return x + y


        @DFF.API('Greeting from an env variable', category='sample', tags=['sample'])
        def greet_by_setting(name='world'):
            '''Greets with the words of the env variable sample_greeting.'''
            return f"{DFF.ENV('sample_greeting')}, {name}!"

        """;
}
