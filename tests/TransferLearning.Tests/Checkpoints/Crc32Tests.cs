namespace TransferLearning.Tests;

public sealed class Crc32Tests
{
    [Fact]
    public void Has_the_check_value_of_the_definition() => Assert.Equal(0xCBF43926, Crc32.Append(0, "123456789"u8));

    [Fact]
    public void Is_the_same_by_folding_by_tables_and_in_pieces()
    {
        byte[] bytes = new byte[5000];
        new Random(3).NextBytes(bytes);
        for (int length = 0; length < bytes.Length; length += length < 300 ? 1 : 61)
        {
            ReadOnlySpan<byte> part = bytes.AsSpan(0, length);
            uint expected = Crc32.AppendByTables(0, part);
            Assert.Equal(expected, Crc32.Append(0, part));
            Assert.Equal(expected, Crc32.Append(Crc32.Append(0, part[..(length / 3)]), part[(length / 3)..]));
        }
    }
}
