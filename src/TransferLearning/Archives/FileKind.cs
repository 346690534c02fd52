namespace TransferLearning;

/// <summary>What a path leads to, which .NET does not say of devices, pipes and sockets.</summary>
internal static partial class FileKind
{
    // linux/stat.h and linux/fcntl.h: the record of statx is the same on every processor.
    private const int RecordBytes = 256;
    private const int ModeAt = 28;
    private const int CurrentFolder = -100;
    private const uint TypeField = 1;
    private const int TypeMask = 0xF000;
    private const int Regular = 0x8000;
    private const int Folder = 0x4000;

    /// <summary>Whether something other than a file or folder is there: a device, a pipe, a socket. Links are followed.</summary>
    public static bool IsSpecial(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        Span<byte> record = stackalloc byte[RecordBytes];
        try
        {
            return Statx(CurrentFolder, path, 0, TypeField, record) == 0
                && (BinaryPrimitives.ReadUInt16LittleEndian(record[ModeAt..]) & TypeMask) is not (Regular or Folder);
        }
        catch (EntryPointNotFoundException)
        {
            return false; // a C library older than the call
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint fields, Span<byte> record);
}
