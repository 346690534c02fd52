namespace TransferLearning.Tests;

/// <summary>Which folders use which, of uses between files in folders whose names are separated by slashes; "" is the root.</summary>
/// <param name="uses">From folder, to folder, and what to show for it.</param>
internal sealed class FolderGraph(IEnumerable<(string From, string To, string Shown)> uses)
{
    private const string Files = "*";

    private readonly (string From, string To, string Shown)[] _uses = [.. uses.Where(use => use.From != use.To)];

    /// <summary>The uses between folders that do not lie in one another.</summary>
    public IEnumerable<(string From, string To, string Shown)> Uses => _uses;

    /// <summary>The library's own types in the folders where their files lie.</summary>
    public static FolderGraph OfLibrary()
    {
        string source = Path.Combine(SourceTree.Root, "src", "TransferLearning");
        Dictionary<string, string> folders = [];
        foreach (string file in SourceTree.Files("src/TransferLearning"))
        {
            string folder = Path.GetRelativePath(source, Path.GetDirectoryName(file)!).Replace(Path.DirectorySeparatorChar, '/');
            foreach (string type in SourceTree.TopLevelTypes(file))
            {
                folders[type] = folder == "." ? "" : folder;
            }
        }

        return new FolderGraph(
            from pair in TypeUse.Of(typeof(TransferModel).Assembly)
            let name = TypeUse.NameOf(pair.Key)
            where folders.ContainsKey(name)
            from used in pair.Value
            let other = TypeUse.NameOf(used)
            where folders.ContainsKey(other)
            select (folders[name], folders[other], $"{name} uses {other}"));
    }

    /// <summary>
    /// The circles among the folders that lie side by side in one, with a use for each step; a use below a folder counts as the folder's,
    /// and the files that lie in a folder itself count as one more beside its subfolders.
    /// </summary>
    /// <param name="doors">Folders whose own files may use subfolders that use them.</param>
    public IReadOnlyList<string> Circles(IReadOnlyList<string> doors)
    {
        Dictionary<(string From, string To), string> steps = [];
        foreach ((string from, string to, string shown) in _uses)
        {
            string[] left = [.. Parts(from), Files], right = [.. Parts(to), Files];
            int common = 0;
            while (common < left.Length && common < right.Length && left[common] == right[common])
            {
                common++;
            }

            // The root uses every folder: the table's order holds it.
            string parent = string.Join('/', left[..common]);
            bool isDoor = (common == left.Length - 1 || common == right.Length - 1) && doors.Contains(parent);
            if (from.Length > 0 && to.Length > 0 && !isDoor)
            {
                steps.TryAdd((string.Join('/', left[..(common + 1)]), string.Join('/', right[..(common + 1)])), shown);
            }
        }

        ILookup<string, string> next = steps.Keys.ToLookup(step => step.From, step => step.To);
        return
        [
            .. steps
                .Where(step => Reaches(step.Key.To, step.Key.From, next))
                .Select(step => $"{step.Key.From} -> {step.Key.To}: {step.Value}")
                .Order(StringComparer.Ordinal)
        ];
    }

    private static string[] Parts(string folder) => folder.Split('/');

    private static bool Reaches(string from, string to, ILookup<string, string> next)
    {
        HashSet<string> seen = [from];
        Stack<string> left = new(seen);
        while (left.TryPop(out string? folder))
        {
            if (folder == to)
            {
                return true;
            }

            foreach (string other in next[folder].Where(seen.Add))
            {
                left.Push(other);
            }
        }

        return false;
    }
}
