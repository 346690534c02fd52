namespace TransferLearning;

/// <summary>Rows scaled to the length 1, so that products are cosines.</summary>
internal static class UnitRows
{
    /// <summary>Rows of 0 stay 0. The result joins the caller's dispose scope.</summary>
    public static Tensor Of(Tensor rows)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor lengths = rows.Square().sum([1], keepdim: true).sqrt();
        return rows.div(where(lengths.gt(Scalars.Zero), lengths, ones_like(lengths))).MoveToOuterDisposeScope();
    }
}
