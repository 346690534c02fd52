namespace TransferLearning.Cli;

/// <summary>How samples lie in a place.</summary>
internal enum DataForm
{
    ClassFolders,
    Listing,
    Rows,
}
