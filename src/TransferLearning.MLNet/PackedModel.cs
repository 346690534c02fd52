namespace TransferLearning.MLNet;

/// <summary>A saved model as a stream: its file, or those of its folder.</summary>
internal static class PackedModel
{
    private const string FileName = "model.tl";
    private const int MaxFiles = 1000;

    public static void Pack(TransferModel model, BinaryWriter writer)
    {
        string work = Directory.CreateTempSubdirectory("transferlearning-").FullName;
        try
        {
            string path = Path.Combine(work, FileName);
            model.Save(path);
            bool isFolder = Directory.Exists(path);
            string[] files = isFolder ? Directory.GetFiles(path) : [path];
            writer.Write(isFolder);
            writer.Write(files.Length);
            foreach (string file in files)
            {
                using FileStream content = File.OpenRead(file);
                writer.Write(Path.GetFileName(file));
                writer.Write(content.Length);
                writer.Flush();
                content.CopyTo(writer.BaseStream);
            }
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    /// <summary>Writes the files into a folder; none can leave it.</summary>
    /// <returns>What <see cref="TransferModel.Load"/> takes.</returns>
    /// <exception cref="InvalidDataException">A name or a length is unsound.</exception>
    public static string Unpack(BinaryReader reader, string folder)
    {
        string path = Path.Combine(folder, FileName);
        bool isFolder = reader.ReadBoolean();
        int count = reader.ReadInt32();
        if (count is < 1 or > MaxFiles || (!isFolder && count != 1))
        {
            throw new InvalidDataException($"The model in the zip claims {count} files; expected 1 to {MaxFiles}. Save the model again.");
        }

        string target = isFolder ? Directory.CreateDirectory(path).FullName : folder;
        for (int i = 0; i < count; i++)
        {
            string name = reader.ReadString();
            if (name.Length == 0 || name is "." or ".." || name.AsSpan().ContainsAny('/', '\\', ':') || (!isFolder && name != FileName))
            {
                throw new InvalidDataException($"The model in the zip has a file '{name}', which is no plain name. Save the model again.");
            }

            using FileStream file = File.Create(Path.Combine(target, name));
            Copy(reader, file, reader.ReadInt64(), name);
        }

        return path;
    }

    private static void Copy(BinaryReader reader, FileStream file, long length, string name)
    {
        byte[] buffer = new byte[1 << 16];
        for (long left = length; left != 0;)
        {
            int read = left < 0 ? 0 : reader.Read(buffer, 0, (int)Math.Min(left, buffer.Length));
            if (read == 0)
            {
                throw new InvalidDataException(
                    $"'{name}' of the model in the zip claims {length} bytes, and {length - left} are there. Save the model again.");
            }

            file.Write(buffer, 0, read);
            left -= read;
        }
    }
}
