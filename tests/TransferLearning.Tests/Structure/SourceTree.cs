using System.Text.RegularExpressions;

namespace TransferLearning.Tests;

/// <summary>The project's own files, found from where the tests were compiled; null where only the compiled tests are.</summary>
internal static partial class SourceTree
{
    /// <summary>The folder of the solution; skips the running test where the sources are not at hand.</summary>
    public static string Root
    {
        get
        {
            DirectoryInfo? folder = new(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "TransferLearning.sln")))
            {
                folder = folder.Parent;
            }

            Assert.SkipWhen(folder is null, "The sources are not beside the compiled tests.");
            return folder!.FullName;
        }
    }

    /// <summary>The C# files below a folder of the solution, without what the build makes.</summary>
    public static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(
        Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"));

    /// <summary>The names of the types that a file declares at its top level.</summary>
    public static IReadOnlyList<string> TopLevelTypes(string file)
        => [.. TopLevelType().Matches(File.ReadAllText(file)).Select(match => match.Groups["name"].Value)];

    /// <summary>The source without comments and the contents of strings.</summary>
    public static string Code(string file) => CommentOrString().Replace(File.ReadAllText(file), " ");

    [GeneratedRegex(@"^(?:public |internal |file |abstract |sealed |static |partial |readonly |unsafe |ref )*"
        + @"(?:class|record struct|record|struct|interface|enum|delegate \S+) (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|""(?:\\.|[^""\\\n])*""", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();
}
