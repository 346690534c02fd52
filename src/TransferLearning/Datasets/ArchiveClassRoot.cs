namespace TransferLearning;

/// <summary>Finds the folder in an archive that holds the folders of the classes.</summary>
internal static class ArchiveClassRoot
{
    /// <summary>
    /// The folder of the class folders, "" or ending in '/'. Archives often have one folder around everything: it is stepped into, as long
    /// as no sample lies beside or directly in it.
    /// </summary>
    public static string Of(IReadOnlyList<string> names, string subfolder, string path, ClassFileKind kind)
    {
        string prefix = "";
        while (true)
        {
            string wanted = subfolder.Length > 0 ? $"{prefix}{subfolder}/" : "";
            if (wanted.Length > 0 && names.Any(name => name.StartsWith(wanted, StringComparison.Ordinal)))
            {
                return wanted;
            }

            string? only = OnlyFolder(names, prefix, kind);
            if (only is null && subfolder.Length > 0)
            {
                string where = prefix.Length > 0 ? $"its folder '{prefix.TrimEnd('/')}'" : "it";
                string others = string.Join(", ", Folders(names, prefix).Take(20));
                throw new DatasetException($"'{path}' has no folder '{subfolder}'; {where} has {others}.");
            }

            if (only is null)
            {
                return prefix;
            }

            prefix = only;
        }
    }

    private static string? OnlyFolder(IReadOnlyList<string> names, string prefix, ClassFileKind kind)
    {
        string[] folders = [.. Folders(names, prefix).Take(2)];
        if (folders.Length != 1 || HasSamples(names, prefix, kind))
        {
            return null;
        }

        string inner = $"{prefix}{folders[0]}/";
        return Folders(names, inner).Any() && !HasSamples(names, inner, kind) ? inner : null;
    }

    private static IEnumerable<string> Folders(IReadOnlyList<string> names, string prefix)
        => names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => (Name: name, End: name.IndexOf('/', prefix.Length)))
            .Where(found => found.End > prefix.Length)
            .Select(found => found.Name[prefix.Length..found.End])
            .Distinct();

    private static bool HasSamples(IReadOnlyList<string> names, string prefix, ClassFileKind kind)
        => names.Any(name => name.StartsWith(prefix, StringComparison.Ordinal)
            && name.IndexOf('/', prefix.Length) < 0
            && kind.Includes(name));
}
