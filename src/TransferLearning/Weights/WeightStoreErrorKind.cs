namespace TransferLearning;

/// <summary>Why weights could not be had; see <see cref="WeightStoreException.Kind"/>.</summary>
public enum WeightStoreErrorKind
{
    /// <summary>The file is in none of the folders, and downloading is switched off.</summary>
    Offline,

    /// <summary>The address is not https, or leads to one that is not.</summary>
    InsecureAddress,

    /// <summary>The server could not be reached, or the connection broke again and again.</summary>
    Connection,

    /// <summary>The server answered, but not with the file.</summary>
    Refused,

    /// <summary>Nothing arrived for longer than <see cref="WeightStoreOptions.StallTimeout"/>, again and again.</summary>
    Stalled,

    /// <summary>The file is larger than <see cref="WeightStoreOptions.MaximumBytes"/>.</summary>
    TooLarge,

    /// <summary>The file is not the published one: its SHA-256 differs.</summary>
    WrongHash,

    /// <summary>There is too little room on the disk, or it could not be written.</summary>
    Disk,
}
